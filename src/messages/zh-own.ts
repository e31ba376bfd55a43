import type { JobStatus } from '../job-status.ts'
import type { enOwn } from './en-own.ts'
import { credits, moment, platformName, shorten } from './format.ts'
import { code, join, say, strong, typed } from './text.ts'
import { until } from './zh-phrases.ts'

export const zhOwn: typeof enOwn = {
  quota: {
    left: (balance) =>
      balance.unlimited ? say`你的额度不限。` : say`你还有 ${strong(credits(balance.left))} 点额度。`,
    day: (balance) =>
      say`今天的 ${credits(balance.perDay)} 点已用 ${credits(balance.spentToday)} 点，将于 ${moment(balance.refillsAt)} 恢复。`,
    grant: (left, expiresAt) => say`赠送的额度还剩 ${credits(left)} 点${until(expiresAt)}。`,
    usual: (cost, enoughFor) =>
      join([say`一张普通的图花 ${credits(cost)} 点`, enoughFor !== undefined && `够画 ${enoughFor} 张`], ' · '),
  },

  history: {
    title: (at) =>
      join(
        [
          `${at.starred ? '你收藏的' : '你的'}图片`,
          at.search !== undefined && say`含有 ${typed(at.search)}`,
          at.page > 1 && `第 ${at.page} 页`,
        ],
        ' · ',
      ),
    row: (row) =>
      say`#${row.id} ${row.prompt ? typed(shorten(row.prompt, 80)) : '（提示词已清除）'} · 种子 ${code(row.seed)} · ${moment(row.moment)}${STATES[row.state]}`,
    empty: (searched, starred) => {
      if (searched) return starred ? say`你收藏的图片里没有含这些词的。` : say`你的提示词里没有这些词。`
      return starred
        ? say`还没有收藏：按 ⭐ 收藏一张图。`
        : say`这里还没有图片。试试 ${code('/imagine 雪地里的狐狸')}。`
    },
    pastEnd: (pages) => say`一共只有 ${pages} 页。`,
    turnByHand: (page) => say`还有更多：加上 ${code(`--page ${page}`)}。`,
  },

  show: {
    made: (job, at) => say`图片 #${job}，提交于 ${moment(at)}。`,
    embedded: (parameters) =>
      join(
        [
          say`文件里的记录：`,
          ...Object.entries(parameters).map(([name, value]) => say`${code(name)}：${typed(value)}`),
        ],
        '\n',
      ),
  },

  settings: {
    title: () => [strong('你的默认设置')],
    now: (own) =>
      join(
        [
          `比例 ${own.aspect ?? '随模型'}`,
          `${own.count} 张`,
          `风格 ${own.style ?? '无'}`,
          own.spoiler && '遮盖',
          own.language,
        ],
        ' · ',
      ),
    pictures: (count) => `${count} 张`,
    noStyle: '无风格',
    spoiler: '遮盖我的图片',
  },

  link: {
    code: (linkCode, at) =>
      say`在另一个平台输入 ${code(`/link ${linkCode}`)}。此后两个账号共享额度、历史记录和设置。代码 ${moment(at)} 到期。`,
    done: (platforms) => say`完成。${platforms.map(platformName).join('、')} 现在共享你的额度、历史记录和设置。`,
  },

  privacy: {
    explain: (days) => {
      const kept = (count: number) => (count === 0 ? '保留到你删除为止' : `保留 ${count} 天`)
      return say`关于你，我保存这些：你的账号编号和名字、你的提示词和设置、你的图片，以及它们的花费。图片${kept(days.pictureDays)}，提示词${kept(days.promptDays)}；用 ⭐ 收藏的会一直留着。这些只保存在这台机器上；已发送的消息则在各个聊天里。`
    },
    exported: (isPacked) => say`这是我保存的关于你的全部数据。${isPacked && '压缩过的文件请先解压。'}`,
    askFirst: () =>
      say`这将删除这里保存的你的图片、提示词、设置和收藏，并取消排队中的图。已发到聊天里的消息不会消失，请先按 🗑 或自行删除。此操作无法撤销，确定吗？`,
    deleted: () => say`已删除。只有你的账号编号和今天已花的额度会留到下次恢复，然后也会删除。封禁仍然有效。`,
  },
}

const STATES: Readonly<Record<JobStatus['state'], string>> = {
  queued: ' · 排队中',
  running: ' · 绘制中',
  succeeded: '',
  failed: ' · 失败',
  cancelled: ' · 已取消',
}
