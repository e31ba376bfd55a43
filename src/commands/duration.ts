import { UserError } from '../user-error.ts'
import { hanNumber } from './check-values.ts'
import type { Call } from './define.ts'

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }
/** By the first character. */
const HAN_UNITS: Readonly<Record<string, string>> = { 分: 'm', 小: 'h', 天: 'd', 日: 'd', 周: 'w', 星: 'w' }

/** When that ends which is to hold for so long; undefined where that was not said. */
export function expiryOf({ services }: Call, lasts: string | undefined): number | undefined {
  return lasts === undefined ? undefined : services.clock.now() + readDurationMs(lasts)
}

/** `30m`, `12h`, `7d`, `2w`, in milliseconds; in Chinese `30分钟`, `12小时`, `7天`, `两周`. */
function readDurationMs(text: string): number {
  const parts = /^(\d{1,5}|\p{Script=Han})\s*个?(?:([mhdw])|(分钟?|小时|天|日|周|星期))$/iu.exec(
    text.normalize('NFKC').trim(),
  )
  const unit = parts?.[2]?.toLowerCase() ?? HAN_UNITS[parts?.[3]?.[0] ?? '']
  const count = Number(hanNumber(parts?.[1] ?? ''))
  if (!unit || !(count > 0)) throw new UserError('bad-duration', { value: text })
  return count * UNIT_MS[unit]!
}
