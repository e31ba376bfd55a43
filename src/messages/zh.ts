import type { en } from './en.ts'
import { code, say } from './text.ts'
import { zhCommands } from './zh-commands.ts'
import { zhErrors } from './zh-errors.ts'
import { zhHouse } from './zh-house.ts'
import { zhJobs } from './zh-jobs.ts'
import { zhOwn } from './zh-own.ts'

export const zh: typeof en = {
  languageName: '中文',
  commands: zhCommands,
  errors: zhErrors,
  apology: (id) => say`抱歉，我们这边出了问题。如果再次发生，请把编号 ${code(id)} 告诉管理员。`,
  ask: { title: '你的图片', prompt: '想让我画什么？' },

  buttons: {
    again: '🎲 再画',
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

  ...zhJobs,
  ...zhOwn,
  ...zhHouse,
}
