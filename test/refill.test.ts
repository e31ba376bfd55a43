import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRefill } from '../src/refill.ts'

const at = (text: string) => Date.parse(text)

test('the allowance refills at the set hour of the set zone', () => {
  const berlin = createRefill(6, 'Europe/Berlin')
  expect(berlin.last(at('2026-01-15T04:59:59Z'))).toBe(at('2026-01-14T05:00:00Z'))
  expect(berlin.last(at('2026-01-15T05:00:00Z'))).toBe(at('2026-01-15T05:00:00Z'))
  expect(berlin.next(at('2026-01-15T05:00:00Z'))).toBe(at('2026-01-16T05:00:00Z'))
})

test('it is the same hour on the wall after the clocks change', () => {
  const berlin = createRefill(6, 'Europe/Berlin')
  expect(berlin.next(at('2026-03-28T12:00:00Z'))).toBe(at('2026-03-29T04:00:00Z'))
  expect(berlin.next(at('2026-10-24T12:00:00Z'))).toBe(at('2026-10-25T05:00:00Z'))
})

test('a refill in the hour that the clocks skip happens once, that day', () => {
  const berlin = createRefill(2, 'Europe/Berlin')
  const skipped = berlin.next(at('2026-03-28T12:00:00Z'))
  expect(Math.abs(skipped - at('2026-03-29T01:00:00Z'))).toBeLessThanOrEqual(3_600_000)
  expect(berlin.next(skipped)).toBe(at('2026-03-30T00:00:00Z'))
})

test.each(['Atlantic/Azores', 'America/Havana', 'America/Santiago', 'Africa/Cairo'])(
  'a midnight that the clocks of %s skip is a refill, too: the next one is never past',
  (zone) => {
    const refill = createRefill(0, zone)
    for (let now = at('2026-01-01T00:30:00Z'); now < at('2027-01-01T00:00:00Z'); now += 3_600_000) {
      const next = refill.next(now)
      expect(next).toBeGreaterThan(now)
      expect(refill.last(next - 1)).toBe(refill.last(now))
    }
  },
)

test('an unknown zone is an error', () => {
  expect(() => createRefill(0, 'Mars/Olympus')).toThrow(RangeError)
})

test('every moment lies between its last refill and its next, about a day apart, and both agree', () => {
  const zones = ['UTC', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Apia']
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: 0, max: 23 }),
      fc.integer({ min: at('2024-01-01T00:00:00Z'), max: at('2030-01-01T00:00:00Z') }),
      (zone, hour, now) => {
        const refill = createRefill(hour, zone)
        const last = refill.last(now)
        const next = refill.next(now)
        expect(last).toBeLessThanOrEqual(now)
        expect(next).toBeGreaterThan(now)
        expect(next - last).toBeGreaterThanOrEqual(22 * 3_600_000)
        expect(next - last).toBeLessThanOrEqual(26 * 3_600_000)
        expect(refill.last(next)).toBe(next)
        expect(refill.last(next - 1)).toBe(last)
      },
    ),
  )
})
