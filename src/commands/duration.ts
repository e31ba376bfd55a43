import { UserError } from '../user-error.ts'

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** `30m`, `12h`, `7d`, `2w`, in milliseconds. */
export function readDurationMs(text: string): number {
  const parts = /^(\d{1,5})\s*([mhdw])$/iu.exec(text.trim())
  if (!parts || Number(parts[1]) === 0) throw new UserError('bad-duration', { value: text })
  return Number(parts[1]) * UNIT_MS[parts[2]!.toLowerCase()]!
}
