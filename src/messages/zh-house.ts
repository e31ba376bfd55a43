import type { enHouse } from './en-house.ts'
import { credits, duration, moment, seconds, square } from './format.ts'
import { code, join, say, strong, typed } from './text.ts'
import { zhDeviceNote, zhMemoryNote } from './zh-engine.ts'
import { UNITS, until } from './zh-phrases.ts'

export const zhHouse: typeof enHouse = {
  about: {
    model: (model, version) => say`${strong(model)}，引擎版本 ${version}。`,
    engine: (name, state, notes, wakeMs) => {
      switch (state) {
        case 'awake':
          return say`运行于 ${name}${notes.length > 0 && `（${notes.map(zhDeviceNote).join('；')}）`}。`
        case 'asleep':
          return say`在 ${name} 上休眠，唤醒大约要 ${duration(wakeMs, UNITS)}。`
        case 'resting':
        case 'missing':
          return say`${name} 目前不可用。`
        default:
          return state satisfies never
      }
    },
    memory: (note) => say`${zhMemoryNote(note)}。`,
    largest: (maxPixels) => say`内存最多够画 ${maxPixels} 像素，例如 ${code(square(maxPixels))}。`,
    draws: (profile) => {
      const { minEdgePx: min, maxEdgePx: max } = profile
      const sizes = min === max ? ` ${min}×${max}` : `边长 ${min} 到 ${max} 像素的任意尺寸`
      return say`能画${sizes}，通常 ${profile.steps} 步，引导 ${profile.guidance}。`
    },
    costs: (size, cost) => say`${size} 花费 ${credits(cost)} 点`,
    speed: (edgePx, ms) => say`边长 ${Math.round(edgePx)} 像素的图在这里大约 ${seconds(ms)} 秒`,
  },

  help: {
    title: () => say`告诉我你想看什么，我来画。`,
    more: () =>
      say`设置可以直接写在提示词里：${code('狐狸 --ar 16:9 --seed 1 --n 2')}。${code('/help imagine')} 列出全部。`,
    list: (words) => words.join('、'),
    param: (param) =>
      join(
        [
          say`${code(param.name)} ${param.description}`,
          param.values,
          param.usual !== undefined && `默认 ${param.usual}`,
          param.required && '必填',
        ],
        ' · ',
      ),
  },

  admin: {
    everyone: '所有人',
    here: '本聊天',
    chat: (key) => `聊天 ${key}`,
    role: (key) => `身份组 ${key}`,
    left: (name, balance) =>
      balance.unlimited
        ? say`${typed(name)} 的额度不限。`
        : say`${typed(name)} 还有 ${strong(credits(balance.left))} 点额度。`,
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
          rule.expiresAt !== undefined && say`${moment(rule.expiresAt)} 到期`,
          rule.reason !== undefined && typed(rule.reason),
        ],
        ' · ',
      ),
    noRule: () => say`没有规则，按默认值。`,
    noOwnRule: () => say`没有单独的规则，按范围更大的规则或默认值。`,
    ruleRemoved: (name) => say`${typed(name)} 的规则已删除。`,
    granted: (name, amount, expiresAt) => say`${typed(name)} 获得 ${strong(credits(amount))} 点${until(expiresAt)}。`,
    reset: (name) => say`${typed(name)} 今天的额度已恢复。`,
    verdict: (name, verdict, expiresAt) =>
      say`${typed(name)} ${verdict === 'blocked' ? '已被封禁' : '已获允许'}${until(expiresAt)}。`,
    noVerdict: () => say`没有人被封禁，也没有单独允许过谁。`,
    unblocked: (name) => say`${typed(name)} 又可以像大家一样画图了。`,
    spoiler: (name, on) =>
      on ? say`${typed(name)} 里的图片会遮盖，点开才看得到。` : say`${typed(name)} 里的图片直接显示。`,
    words: (words) => (words.length === 0 ? say`没有禁词。` : say`禁词：${typed(words.join('、'))}`),
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
