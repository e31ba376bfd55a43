import type { Invariant } from '../store/invariants.ts'
import type { Language } from './language.ts'

interface DoctorWords {
  readonly nothing: (path: string) => string
  /** Before what holds, and before what does not: of one width. */
  readonly ok: string
  readonly broken: string
  readonly holds: (checks: number) => string
  readonly breaks: (checks: number, broken: number) => string
  readonly invariants: Readonly<Record<Invariant, string>>
}

/** What the doctor says. */
export const doctorWords: Readonly<Record<Language, DoctorWords>> = {
  en: {
    nothing: (path) => `nothing to check: ${path} is not there yet`,
    ok: 'ok     ',
    broken: 'BROKEN ',
    holds: (checks) => `all ${checks} checks passed`,
    breaks: (checks, broken) => `${broken} of ${checks} checks failed`,
    invariants: {
      'sound-file': 'the file is sound',
      references: 'every reference has its row',
      reserved: 'every job reserved exactly what it costs',
      refunded: 'every failed or cancelled job was refunded once, in full',
      settled: 'every delivered job was settled once',
      undeliverable: 'every undeliverable job was refunded once, in full',
      untold: 'no job whose result is still to be posted is settled or refunded',
      sum: 'the ledger adds up: what was spent is what unfinished and delivered jobs cost',
      grants: 'no grant is overspent',
      owners: 'every entry and its job or grant belong to the same person',
      outbox: 'every finished job is in the outbox, and no other',
      pictures: 'every successful job has all its pictures, and no other has any',
      prompts: 'every prompt can be searched, and forgotten ones cannot',
      'picture-files': 'every picture file is there and whole',
    },
  },
  zh: {
    nothing: (path) => `没有可检查的：${path} 还不存在`,
    ok: '正常',
    broken: '异常',
    holds: (checks) => `${checks} 项检查全部正常`,
    breaks: (checks, broken) => `${checks} 项检查中有 ${broken} 项异常`,
    invariants: {
      'sound-file': '数据库文件完好',
      references: '每个引用都有对应的记录',
      reserved: '任务预留的额度正是它的费用',
      refunded: '失败或取消的任务已全额退还，且只退一次',
      settled: '送达的任务只结算一次',
      undeliverable: '无法送达的任务已全额退还，且只退一次',
      untold: '结果尚未发出的任务既未结算也未退还',
      sum: '账目相符：支出等于未完成和已送达任务的费用',
      grants: '赠送的额度没有超支',
      owners: '每笔账目与它的任务或赠送同属一人',
      outbox: '结束的任务都在发件箱里，其他任务都不在',
      pictures: '成功的任务图片齐全，其他任务没有图片',
      prompts: '提示词都能搜索到，已清除的搜不到',
      'picture-files': '图片文件都在，而且完整',
    },
  },
}
