import type { enJobs } from './en-jobs.ts'
import { bar, credits, seconds, shorten } from './format.ts'
import { code, join, say, strong, typed } from './text.ts'
import { zhErrors } from './zh-errors.ts'
import { timeLeft, waking } from './zh-phrases.ts'

export const zhJobs: typeof enJobs = {
  job: {
    prompt: (prompt) => (prompt ? [typed(prompt)] : say`（提示词已清除）`),
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
          chosen.asker !== undefined && say`由 ${typed(chosen.asker)} 请求`,
        ],
        ' · ',
      ),
    queued: (place, leftMs, held) =>
      held
        ? say`排队中，第 ${strong(place)} 位。队列已暂停，你的位置会保留。`
        : join([say`排队中，第 ${strong(place)} 位`, timeLeft(leftMs)], ' · '),
    running: (progress, leftMs, wakingMs) => {
      if (wakingMs !== undefined) return join([waking(wakingMs), timeLeft(leftMs)], ' · ')
      if (!progress) return join(['正在绘制', timeLeft(leftMs)], ' · ')
      const { step, steps, picture, count } = progress
      const share = (picture * steps + step) / (steps * count)
      const which = count > 1 && `第 ${picture + 1}/${count} 张`
      return join([say`正在绘制 ${bar(share)} 第 ${step}/${steps} 步`, which, timeLeft(leftMs)], ' · ')
    },
    stopping: () => say`将在下一步停下……`,
    done: (seeds, computeMs, shared) => {
      const more = seeds.length > 1 && join(['种子', ...seeds.map((seed) => code(seed))], ' ')
      const took = shared ? '以前画过，无需等待' : computeMs !== undefined && `用时 ${seconds(computeMs)} 秒`
      return join([more, took], ' · ')
    },
    spent: (cost, left) =>
      join([cost === 0 ? '免费' : `花费 ${credits(cost)} 点`, left !== undefined && `还剩 ${credits(left)} 点`], ' · '),
    negativeIgnored: (model) => say`${model} 在这个引导强度下不支持负面提示词，这部分已忽略。`,
    sizeUnlearnt: (model, edgesPx) =>
      say`${model} 只学过画 ${edgesPx.map((edge) => `${edge}×${edge}`).join(' 和 ')}，其他尺寸画出来可能有点怪。`,
    pictureGone: () => say`这张图已被删除。`,
    failed: (reason, job, tooLarge) => {
      const why = tooLarge ? zhErrors['too-large-here'](tooLarge) : (FAILURES[reason] ?? '我们这边出了问题。')
      return say`${why}额度已退还。（编号 ${code(job)}）`
    },
    cancelled: () => say`已取消，额度已退还。`,
    undelivered: (jobs) =>
      say`📬 有 ${jobs.length} 张图没能送达，额度已退还，可在 ${code('/history')} 里查看：${jobs.map((job) => `#${job}`).join('、')}。`,
  },

  edit: {
    title: (job) => `修改图片 #${job}`,
    prompt: '提示词',
    settings: '设置',
    ask: (job) => say`修改图片 #${job} 的提示词或设置。`,
  },

  cancel: {
    done: (job, stopping) => (stopping ? say`图片 #${job} 将在下一步停下。` : say`图片 #${job} 已取消。`),
  },

  save: {
    done: (job, saved) =>
      saved
        ? say`⭐ 图片 #${job} 已收藏，会一直保留。用 ${code('/history')} 的 ${code('starred')}（收藏）查看。`
        : say`图片 #${job} 已取消收藏。`,
  },

  remove: { done: (job) => say`图片 #${job} 已删除。` },

  queue: {
    line: (line) =>
      line.waiting + line.running === 0
        ? say`没有人在排队，下一张就是你的。`
        : join([`${line.waiting} 张排队中，${line.running} 张绘制中`, timeLeft(line.leftMs)], ' · '),
    own: (job, prompt, status) => {
      const stands =
        status.state === 'queued'
          ? join([`第 ${status.place} 位`, timeLeft(status.leftMs)], ' · ')
          : status.state === 'running' &&
            join([status.wakingMs === undefined ? '正在绘制' : waking(status.wakingMs), timeLeft(status.leftMs)], ' · ')
      return join([say`#${job} ${typed(shorten(prompt, 60))}`, stands], ' · ')
    },
    mode: (mode) => {
      switch (mode) {
        case 'open':
          return say`队列开放中。`
        case 'paused':
          return say`队列已暂停：请求会保留，暂时不画。`
        case 'draining':
          return say`队列即将关闭：排队中的会画完，不再接收新的。`
        default:
          return mode satisfies never
      }
    },
  },
}

const FAILURES: Readonly<Record<string, string>> = {
  'not-a-number': '模型画这张图时出了岔子。换个种子或减少步数往往有用。',
  'out-of-memory': '这台机器的内存不够画这张图。',
  'not-loaded': '没能唤醒模型。',
  crashed: '画这张图时引擎崩溃了。',
  'disk-full': '磁盘已满，放不下新图了。',
  'bad-request': '模型不支持这些设置。',
  'not-taken': '图片发不到这个聊天里。',
}
