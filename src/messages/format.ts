import type { Span } from '../chat.ts'

/** A platform as its owner writes it. */
export function platformName(platform: string): string {
  return platform.charAt(0).toUpperCase() + platform.slice(1)
}

/** Thousandths of a credit as a number people read: at most three decimals, none too many. */
export function credits(thousandths: number): string {
  return String(Number((thousandths / 1000).toFixed(3)))
}

/** A moment. Platforms with live times show it in the reader's own zone; elsewhere it is UTC and says so. */
export function moment(at: number): Span {
  return { kind: 'time', at, text: `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC` }
}

/** Seconds with two decimals below a tenth, one below ten, whole ones above. */
export function seconds(ms: number): string {
  const value = ms / 1000
  if (value < 0.095) return value.toFixed(2)
  return value < 10 ? value.toFixed(1) : String(Math.round(value))
}

interface DurationUnits {
  readonly seconds: string
  readonly minutes: string
  readonly hours: string
}

/** Time left, as exact as it is known: seconds below a minute and a half, then minutes, then hours. */
export function duration(ms: number, units: DurationUnits): string {
  const whole = Math.max(1, Math.ceil(ms / 1000))
  if (whole < 90) return `${whole} ${units.seconds}`
  const minutes = Math.round(whole / 60)
  if (minutes < 90) return `${minutes} ${units.minutes}`
  return `${Math.round(minutes / 60)} ${units.hours}`
}

const BAR_CELLS = 8

/** How much is done, 0 … 1, in characters that are as wide everywhere. */
export function bar(share: number, cells = BAR_CELLS): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * cells)
  return '▰'.repeat(full) + '▱'.repeat(cells - full)
}

const BYTE_UNITS = ['kB', 'MB', 'GB', 'TB']

/** Bytes in the units that hubs and disks are sold in, three digits at most. */
export function bytes(count: number): string {
  let value = count / 1000
  let unit = 0
  for (; value >= 999.5 && unit < BYTE_UNITS.length - 1; unit++) value /= 1000
  return `${value.toFixed(value < 9.995 && unit > 0 ? 2 : value < 99.95 && unit > 0 ? 1 : 0)} ${BYTE_UNITS[unit]}`
}

/** A share, 0 … 1, in two digits. */
export function percent(share: number): string {
  return `${(share * 100).toPrecision(2)} %`
}

/** The largest square within so many pixels, in multiples of 16, as `--size` takes it. */
export function square(maxPixels: number): string {
  const edge = Math.max(16, Math.floor(Math.sqrt(maxPixels) / 16) * 16)
  return `${edge}x${edge}`
}

/** A tensor's shape. */
export function shape(edges: readonly number[]): string {
  return `[${edges.join(', ')}]`
}

/** What DEVICES takes for every card. */
export function allCards(count: number): string {
  return Array.from({ length: count }, (_, i) => `cuda:${i}`).join(',')
}

/** A prompt in a list: its beginning, on one line. */
export function shorten(text: string, length: number): string {
  const line = text.replace(/\s+/gu, ' ')
  const characters = [...line]
  return characters.length > length ? `${characters.slice(0, length - 1).join('')}…` : line
}
