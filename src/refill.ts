export type Refill = ReturnType<typeof createRefill>

const DAY_MS = 86_400_000

/**
 * When the daily allowance refills: at a set hour of a set time zone, whatever that zone's clocks do. `zone` is an IANA name,
 * such as `Europe/Berlin`. Throws a RangeError for any other.
 */
export function createRefill(hour: number, zone: string) {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })

  /** What the zone's clocks show at `moment`, read as if it were UTC. */
  const shown = (moment: number) => {
    const parts = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]))
    return Date.UTC(parts.year!, parts.month! - 1, parts.day!, parts.hour!, parts.minute!, parts.second!)
  }
  const offset = (moment: number) => shown(moment) - Math.floor(moment / 1000) * 1000
  /**
   * The moment the zone's clocks show `local`. A second look settles it where the clocks change in between; where they skip
   * it, it is when they have: before, a skipped midnight would belong to the day before.
   */
  const moment = (local: number) => {
    const guess = local - offset(local)
    const settled = local - offset(guess)
    return shown(settled) === local ? settled : Math.max(guess, settled)
  }
  /** The refill of the calendar day that the zone has at `now`, moved by `days`. */
  const ofDay = (now: number, days: number) =>
    moment(Math.floor(shown(now) / DAY_MS) * DAY_MS + days * DAY_MS + hour * 3_600_000)

  return {
    /** The refill that began the day `now` is in. */
    last(now: number): number {
      const today = ofDay(now, 0)
      return today <= now ? today : ofDay(now, -1)
    },
    next(now: number): number {
      const today = ofDay(now, 0)
      return today > now ? today : ofDay(now, 1)
    },
  }
}
