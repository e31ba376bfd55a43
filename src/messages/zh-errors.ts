import type { ErrorSentences } from './en-errors.ts'
import { credits, moment, square } from './format.ts'
import { code, codes, join, say, strong, typed } from './text.ts'
import { zhCommands, zhNames } from './zh-commands.ts'

const ACTIONS: Readonly<Record<string, string>> = { ...zhCommands.quota_admin.labels, ...zhCommands.moderate.labels }

/** As Discord shows it, and as a flag may be typed. */
const name = (param: string) => code((zhNames.params as Readonly<Record<string, string>>)[param] ?? param)
const act = (action: string) => code(ACTIONS[action] ?? action)

export const zhErrors: ErrorSentences = {
  'unknown-command': ({ command }) => say`我不认识 ${typed(`/${command}`)}。输入 ${code('/help')} 看看我会做什么。`,
  'unknown-flag': ({ flag, known }) => say`我不认识 ${typed(flag)}。可以用 ${codes(known)}`,
  'flag-without-value': ({ flag }) => say`${typed(flag)} 后面要有一个值。`,
  'left-over': ({ words }) => say`我不知道 ${typed(words)} 是做什么用的。`,
  missing: ({ param, choices }) =>
    say`缺少 ${name(param)}。${choices && say`可以是 ${codes(choices.map(({ zh }) => zh))}`}`,
  'not-a-number': ({ param, value }) => say`${name(param)} 应为数字，不能是 ${typed(value)}。`,
  'not-whole': ({ param, value }) => say`${name(param)} 应为整数，不能是 ${typed(value)}。`,
  'out-of-range': ({ param, value, min, max }) => {
    if (min === undefined) return say`${name(param)} 最多为 ${max}，不能是 ${typed(value)}。`
    if (max === undefined) return say`${name(param)} 至少为 ${min}，不能是 ${typed(value)}。`
    return say`${name(param)} 应在 ${min} 到 ${max} 之间，不能是 ${typed(value)}。`
  },
  'not-a-choice': ({ param, value, choices }) =>
    say`${name(param)} 不能是 ${typed(value)}，可以是 ${codes(choices.map(({ zh }) => zh))}`,
  'too-long': ({ param, max, length }) => say`${name(param)} 最多 ${max} 个字符，这里有 ${length} 个。`,

  'bad-size': ({ value, example }) => say`${typed(value)} 不是尺寸。请用两个 16 的倍数，例如 ${code(example)}。`,
  'size-outside': ({ value, minEdgePx, maxEdgePx }) =>
    say`这个模型能画的边长是 ${minEdgePx} 到 ${maxEdgePx} 像素，画不了 ${typed(value)}。`,
  'only-size': ({ value, widthPx, heightPx }) =>
    say`这个模型只能画 ${code(`${widthPx}x${heightPx}`)}，画不了 ${typed(value)}。`,
  'not-together': ({ params: [one, other] }) => say`${name(one)} 和 ${name(other)} 不能一起用，请选其中一个。`,
  'too-many-steps': ({ steps, max }) => say`这个模型最多 ${max} 步，不能是 ${steps} 步。`,

  'admins-only': ({ command }) => say`${code(`/${command}`)} 只有机器人的管理员（其设置中的 ${code('ADMINS')}）可用。`,
  'admins-decided': () => say`这是机器人的管理员定的，只有他们能更改。`,
  'moderators-only': ({ command }) => say`${code(`/${command}`)} 只有这个聊天的管理者可用。`,
  'not-yours': ({ job }) => say`图片 #${job} 是别人的，只有本人或管理者可以这样做。`,
  blocked: ({ reason, until }) =>
    join(['你目前不能在这里画图', until !== undefined && say`${moment(until)} 解除`, reason && typed(reason)], ' · '),
  'chat-closed': ({ reason }) => join(['我不在这个聊天里画图。', reason && typed(reason)], ''),
  'chat-not-open': () => say`这个聊天还没有开放画图，请联系管理员开放。`,
  'denied-word': ({ word }) => say`这里不能画 ${typed(word)}。`,

  'not-enough-credits': ({ left, cost, refillsAt, perDay }) =>
    join(
      [
        say`这需要 ${strong(credits(cost))} 点额度，你还剩 ${strong(credits(left))} 点。`,
        perDay > 0 &&
          (refillsAt === undefined
            ? `这超过了你每天的 ${credits(perDay)} 点，请减少步数或画小一些。`
            : say`你每天的 ${credits(perDay)} 点将于 ${moment(refillsAt)} 恢复。`),
      ],
      '',
    ),
  'line-full': ({ waiting, max }) => say`你已有 ${waiting} 张在排队，最多 ${max} 张。画好一张就空出一个位置。`,
  'chat-line-full': ({ waiting, max }) => say`这个聊天已有 ${waiting} 张在排队，最多 ${max} 张。请稍后再来。`,
  'house-full': ({ waiting }) => say`队列已满，共 ${waiting} 张。请稍后再来。`,
  'too-large': ({ widthPx, heightPx, maxPixels }) =>
    say`${widthPx}×${heightPx} 超过了你能画的大小：最多 ${maxPixels} 像素，例如 ${code(square(maxPixels))}。`,
  'too-large-here': ({ widthPx, heightPx, maxPixels }) =>
    say`${widthPx}×${heightPx} 太大了，这台机器的内存不够：最多 ${maxPixels} 像素，例如 ${code(square(maxPixels))}。`,
  'steps-not-allowed': ({ steps, max }) => say`你最多可以用 ${max} 步，不能是 ${steps} 步。`,
  draining: () => say`我正在把队列里的图画完，暂时不接新的。请稍后再来。`,
  'disk-full': () => say`暂时没有空间存放新图了，请等管理员腾出空间。`,

  'no-such-job': ({ job }) => say`这里没有你能看到的图片 #${job}。`,
  'no-jobs': () => say`你还没有图片。试试 ${code('/imagine 雪地里的狐狸')}。`,
  'nothing-waits': () => say`你没有在排队的图。`,
  'not-waiting': ({ job }) => say`图片 #${job} 已不在队列里，无需取消。`,
  'prompt-forgotten': ({ job }) => say`图片 #${job} 的提示词已清除，无法重画。`,
  'picture-gone': ({ job }) => say`#${job} 没有可以删除的图片。`,
  'nothing-to-save': ({ job }) => say`#${job} 没有可以收藏的图片。`,
  'not-our-picture': () => say`这张图不是我画的，或者后来被改过，里面没有记录它是怎么画的。`,
  'not-a-picture': () => say`这个文件无法当作图片打开。`,
  'no-picture': () => say`那条消息里没有图片。`,
  'picture-not-fetched': () => say`我没能下载这张图片：它可能太大，或者已经不在了。请重新发一次。`,

  'bad-code': () => say`这个代码不存在或已过期。在另一个平台输入 ${code('/link')} 可以得到新的。`,
  'own-code': () => say`这是你自己的代码，请在另一个平台输入它。`,
  'no-such-person': ({ who }) => say`我不认识叫 ${typed(who)} 的人。还没给我发过消息的人，请填其账号的数字编号。`,
  'several-people': ({ who, accounts }) => say`有好几个人叫 ${typed(who)}：${codes(accounts)}`,
  'person-only': ({ action }) => say`${act(action)} 不能用在这个对象上，请换一个。`,
  'own-chat-only': ({ action }) => say`你只能对 ${code('本聊天')} 执行 ${act(action)}。`,
  'bad-duration': ({ value }) => say`${typed(value)} 不是有效的时长。试试 ${codes(['30分钟', '12小时', '7天', '2周'])}`,
  'export-too-large': () => say`你的数据太多，压缩后一条消息也装不下。请向管理员索取。`,
  'nothing-to-change': () => say`没有需要更改的。`,
}
