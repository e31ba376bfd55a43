import type { Text } from '../chat.ts'
import type { JobStatus } from '../job-status.ts'
import type { en } from './en.ts'
import { bar, credits, duration, moment, seconds, shorten } from './format.ts'
import { code, join, say, strong, typed } from './text.ts'
import { zhCommands } from './zh-commands.ts'
import { zhErrors } from './zh-errors.ts'

const UNITS = { seconds: '秒', minutes: '分钟', hours: '小时' }
const about = (ms: number | undefined) => (ms === undefined ? undefined : `大约还要 ${duration(ms, UNITS)}`)
const until = (at: number | undefined): Text => (at === undefined ? [] : say`，有效期至 ${moment(at)}`)

const STATES: Readonly<Record<JobStatus['state'], string>> = {
  queued: ' · 排队中',
  running: ' · 绘制中',
  succeeded: '',
  failed: ' · 失败',
  cancelled: ' · 已取消',
}

const FAILURES: Readonly<Record<string, string>> = {
  'not-a-number': '模型在这张图上迷了路。换个种子或减少步数往往有用。',
  'out-of-memory': '这张图对这台机器来说太大了。试试小一点的尺寸。',
  crashed: '画这张图时引擎出了故障。',
  'disk-full': '磁盘上没有空间再放一张图了。',
  'bad-request': '模型不接受这些设置。',
}

export const zh: typeof en = {
  languageName: '中文',
  commands: zhCommands,
  errors: zhErrors,
  apology: (id) => say`抱歉，我们这边出了问题。如果再次发生，请把编号 ${code(id)} 告诉管理员。`,
  ask: { title: '你的图片', prompt: '想让我画什么？' },

  job: {
    prompt: (prompt) => (prompt ? [typed(prompt)] : say`（文字已被遗忘）`),
    settings: (chosen) =>
      join(
        [
          `#${chosen.job}`,
          chosen.size,
          say`种子 ${code(chosen.seed)}`,
          chosen.count > 1 && `${chosen.count} 张`,
          chosen.steps !== undefined && `${chosen.steps} 步`,
          chosen.guidance !== undefined && `引导 ${chosen.guidance}`,
          chosen.style && `风格 ${chosen.style.zh}`,
          chosen.vary !== undefined && `变化 ${chosen.vary}`,
          chosen.negative !== undefined && say`不要 ${typed(chosen.negative)}`,
        ],
        ' · ',
      ),
    queued: (place, leftMs, held) =>
      held
        ? say`排队中，第 ${strong(place)} 位。队伍暂停了一会儿，你的位置会保留。`
        : join([say`排队中，第 ${strong(place)} 位`, about(leftMs)], ' · '),
    running: (progress, leftMs) => {
      if (!progress) return join(['正在绘制', about(leftMs)], ' · ')
      const { step, steps, picture, count } = progress
      const share = (picture * steps + step) / (steps * count)
      const which = count > 1 && `第 ${picture + 1}/${count} 张`
      return join([say`正在绘制 ${bar(share)} 第 ${step}/${steps} 步`, which, about(leftMs)], ' · ')
    },
    stopping: () => say`将在下一步停下…`,
    done: (seeds, computeMs, shared) => {
      const more = seeds.length > 1 && join(['种子', ...seeds.map((seed) => code(seed))], ' ')
      const took = shared ? '以前画过，马上就有' : computeMs !== undefined && `用时 ${seconds(computeMs)} 秒`
      return join([more, took], ' · ')
    },
    spent: (cost, left) =>
      join([cost === 0 ? '免费' : `花费 ${credits(cost)} 点`, left !== undefined && `还剩 ${credits(left)} 点`], ' · '),
    negativeIgnored: (model) => say`${model} 在这个引导强度下不理会负面提示词，所以那部分被忽略了。`,
    pictureGone: () => say`这张图已被删除。`,
    failed: (reason, job) => {
      const why = FAILURES[reason] ?? '我们这边出了问题。'
      return say`${why} 额度已退还。（编号 ${code(job)}）`
    },
    cancelled: () => say`已取消，额度已退还。`,
  },

  buttons: {
    again: '🎲 再来',
    vary: '🌱 变化',
    edit: '✏️ 修改',
    save: '⭐ 收藏',
    remove: '🗑 删除',
    cancel: '取消',
    cancelJob: (job) => `取消 #${job}`,
    previous: '‹ 较新',
    next: '较旧 ›',
    exportAll: '导出我的数据',
    deleteAll: '全部删除',
    deleteForGood: '是的，永久删除',
  },

  edit: {
    title: (job) => `修改图片 #${job}`,
    prompt: '提示词',
    settings: '设置',
    ask: (job) => say`修改图片 #${job} 的文字或设置。`,
  },

  cancel: {
    done: (job, stopping) => (stopping ? say`图片 #${job} 将在下一步停下。` : say`图片 #${job} 已取消。`),
  },

  save: {
    done: (job, saved) =>
      saved ? say`⭐ 图片 #${job} 已收藏，可在 ${code('/history --starred')} 里找到。` : say`图片 #${job} 已取消收藏。`,
  },

  remove: { done: (job) => say`图片 #${job} 已删除。` },

  queue: {
    line: (line) =>
      line.waiting + line.running === 0
        ? say`没有人在排队，下一张就是你的。`
        : join([`${line.waiting} 张在排队，${line.running} 张在绘制`, about(line.leftMs)], ' · '),
    own: (job, prompt, status) => {
      const stands =
        status.state === 'queued'
          ? join([`第 ${status.place} 位`, about(status.leftMs)], ' · ')
          : status.state === 'running' && join(['正在绘制', about(status.leftMs)], ' · ')
      return join([say`#${job} ${typed(shorten(prompt, 60))}`, stands], ' · ')
    },
    mode: (mode) => {
      switch (mode) {
        case 'open':
          return say`队伍开放中。`
        case 'paused':
          return say`队伍已暂停：请求会保留，暂时不画。`
        case 'draining':
          return say`队伍即将关闭：画完排队的，不再接新的。`
        default:
          return mode satisfies never
      }
    },
  },

  quota: {
    left: (balance) => (balance.unlimited ? say`你没有限额。` : say`你还有 ${strong(credits(balance.left))} 点额度。`),
    day: (balance) =>
      say`今天的 ${credits(balance.perDay)} 点已用 ${credits(balance.spentToday)} 点，将于 ${moment(balance.refillsAt)} 恢复。`,
    grant: (left, expiresAt) => say`赠送：另有 ${credits(left)} 点${until(expiresAt)}。`,
    usual: (cost, enoughFor) =>
      join([say`普通一张图花 ${credits(cost)} 点`, enoughFor !== undefined && `够画 ${enoughFor} 张`], ' · '),
  },

  history: {
    title: (at) =>
      join(
        [
          at.search !== undefined ? say`含有 ${typed(at.search)} 的图片` : at.starred ? '你收藏的图片' : '你的图片',
          at.page > 1 && `第 ${at.page} 页`,
        ],
        ' · ',
      ),
    row: (row) =>
      say`#${row.id} ${row.prompt ? typed(shorten(row.prompt, 80)) : '（已遗忘）'} · 种子 ${code(row.seed)} · ${moment(row.moment)}${STATES[row.state]}`,
    empty: (searched) =>
      searched ? say`你的提示词里没有这些词。` : say`这里还什么都没有。试试 ${code('/imagine 雪地里的狐狸')}。`,
    turnByHand: (page) => say`还有更多：加上 ${code(`--page ${page}`)}。`,
  },

  show: {
    made: (job, at) => say`图片 #${job}，提交于 ${moment(at)}。`,
    embedded: (parameters) =>
      join(
        [
          say`文件里自己记着：`,
          ...Object.entries(parameters).map(([name, value]) => say`${code(name)}：${typed(value)}`),
        ],
        '\n',
      ),
  },

  settings: {
    title: () => [strong('你的默认设置')],
    now: (own) =>
      join([`比例 ${own.aspect ?? '随模型'}`, `${own.count} 张`, `风格 ${own.style ?? '无'}`, own.language], ' · '),
    pictures: (count) => `${count} 张`,
    noStyle: '无风格',
  },

  link: {
    code: (linkCode, at) =>
      say`在另一个平台输入 ${code(`/link ${linkCode}`)}。此后两个账号共享额度、记录和设置。有效期至 ${moment(at)}。`,
    done: (platforms) => say`完成。${platforms.join('、')} 现在共享你的额度、记录和设置。`,
  },

  privacy: {
    explain: (days) => {
      const kept = (count: number) => (count === 0 ? '保留到你删除为止' : `保留 ${count} 天`)
      return say`我们保存：你的账号编号和名字、你要过的内容及设置、你的图片以及花费。图片${kept(days.pictureDays)}，提示词${kept(days.promptDays)}；用 ⭐ 收藏的会一直留着。一切都在这台机器上，不会传到别处。`
    },
    exported: () => say`这是我们保存的关于你的全部数据。`,
    askFirst: () => say`这将删除你的图片、提示词、设置和收藏，并取消排队中的图。无法撤销。确定吗？`,
    deleted: () => say`已删除。只有你的账号编号和今天已花的额度会留到下次恢复，然后也会删除。`,
  },

  about: {
    model: (model, device, reason, version) => say`${strong(model)}，运行于 ${device}（${reason}），引擎 ${version}。`,
    draws: (profile) => {
      const { minEdgePx: min, maxEdgePx: max } = profile
      const sizes = min === max ? `${min}×${max}` : `边长 ${min} 到 ${max} 像素的任意尺寸`
      return say`能画 ${sizes}，通常 ${profile.steps} 步，引导 ${profile.guidance}。`
    },
    costs: (size, cost) => say`${size} 花费 ${credits(cost)} 点`,
    speed: (edgePx, ms) => say`边长 ${Math.round(edgePx)} 像素的图在这里大约 ${seconds(ms)} 秒`,
  },

  help: {
    title: () => say`告诉我你想看什么，我来画。`,
    row: (name, description) => say`${code(`/${name}`)} ${description}`,
    more: () =>
      say`设置可以写在提示词里：${code('狐狸 --ar 16:9 --seed 1 --n 2')}。${code('/help imagine')} 列出全部。`,
    param: (param) =>
      join([say`${code(param.name)} ${param.description}`, param.values, param.required && '必填'], ' · '),
  },

  admin: {
    about: (name) => [typed(name)],
    rule: (name, rule) =>
      join(
        [
          say`${typed(name)}：${rule.unlimited ? '不限量' : '规则'}`,
          rule.creditsPerDay !== undefined && !rule.unlimited && `每天 ${credits(rule.creditsPerDay)} 点`,
          rule.maxWaiting !== undefined && `最多排队 ${rule.maxWaiting} 张`,
          rule.maxPixels !== undefined && `最多 ${rule.maxPixels} 像素`,
          rule.maxSteps !== undefined && `最多 ${rule.maxSteps} 步`,
          rule.weight !== undefined && `份额 ${rule.weight}`,
          rule.priority !== undefined && `优先级 ${rule.priority}`,
          rule.expiresAt !== undefined && say`有效期至 ${moment(rule.expiresAt)}`,
          rule.reason !== undefined && typed(rule.reason),
        ],
        ' · ',
      ),
    noRule: () => say`没有规则，按默认值。`,
    ruleRemoved: (name) => say`${typed(name)} 的规则已删除。`,
    granted: (name, amount, expiresAt) => say`${typed(name)} 获得 ${strong(credits(amount))} 点${until(expiresAt)}。`,
    reset: (name) => say`${typed(name)} 今天的额度已恢复。`,
    verdict: (name, verdict, expiresAt) =>
      say`${typed(name)} 已${verdict === 'blocked' ? '封禁' : '允许'}${until(expiresAt)}。`,
    unblocked: (name) => say`${typed(name)} 又可以像大家一样画图了。`,
    words: (words) => (words.length === 0 ? say`没有禁词。` : say`禁词：${typed(words.join('、'))}`),
    auditRow: (entry) =>
      say`${moment(entry.at)} ${typed(entry.actor)} ${code(entry.action)} ${typed(entry.target)} ${typed(entry.details)} ${entry.reason ? typed(entry.reason) : ''}`,
    auditEmpty: () => say`还没有任何操作。`,
  },

  stats: {
    title: (days) => [strong(`最近 ${days} 天`)],
    sums: (sums) =>
      join(
        [
          `${sums.pictures} 张图`,
          `${sums.failed} 次失败`,
          `${credits(sums.credits)} 点`,
          `引擎工作 ${duration(sums.computeMs, UNITS)}`,
          `${sums.waiting} 张在排队`,
        ],
        ' · ',
      ),
    person: (place, name, pictures) => say`${place}. ${typed(name)} · ${pictures} 张`,
    picturesADay: '每天的图片数',
    waitSeconds: '等待时间（秒）',
    engineUse: '引擎使用率（%）',
    topPeople: '用得最多的人（图片数）',
    alt: '每天的图片数、等待时间、引擎使用率和用得最多的人的图表',
  },
}
