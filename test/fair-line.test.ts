import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FairLine, type Waiter } from '../src/fair-line.ts'
import { HALF_LIFE_MS, Shares } from '../src/shares.ts'
import { ManualClock } from './support/clock.ts'

const waiter = (job: number, person: number, rest: Partial<Waiter> = {}): Waiter => ({
  job,
  person,
  priority: 0,
  weight: 1,
  expectedMs: 1000,
  ...rest,
})

function lineOf(...waiters: Waiter[]) {
  const clock = new ManualClock()
  const shares = new Shares(clock)
  const line = new FairLine<number>(shares)
  for (const each of waiters) line.add(each.job, each)
  return { line, shares, clock }
}

function takeAll(line: FairLine<number>): number[] {
  return Array.from({ length: line.size }, () => line.take()!)
}

test('a hundred jobs of one person delay the single job of another by at most one picture', () => {
  const { line } = lineOf(...Array.from({ length: 100 }, (_, index) => waiter(index + 1, 1)))
  line.take()
  line.add(101, waiter(101, 2))
  expect(line.take()).toBe(101)
})

test("a person's own jobs go in the order they were asked for", () => {
  const { line } = lineOf(waiter(3, 1), waiter(1, 1), waiter(2, 1))
  expect(takeAll(line)).toEqual([1, 2, 3])
})

test('people take turns, the older job first where both had equal', () => {
  const { line } = lineOf(waiter(1, 1), waiter(2, 1), waiter(3, 2), waiter(4, 2))
  expect(takeAll(line)).toEqual([1, 3, 2, 4])
})

test('two people who become one have one share from then on, and their jobs the order they were asked for', () => {
  const { line, shares } = lineOf(waiter(1, 1), waiter(2, 2), waiter(3, 3), waiter(4, 2), waiter(5, 1), waiter(6, 3))
  shares.charge(1, 500)
  line.join(1, 2)
  expect([shares.of(1), shares.of(2), line.size]).toEqual([0, 500, 6])
  expect(takeAll(line)).toEqual([3, 1, 6, 2, 4, 5])
})

test('one large picture weighs as much as several small ones', () => {
  const { line } = lineOf(
    waiter(1, 1, { expectedMs: 3000 }),
    waiter(2, 1),
    waiter(3, 2),
    waiter(4, 2),
    waiter(5, 2),
    waiter(6, 2),
  )
  expect(takeAll(line)).toEqual([1, 3, 4, 5, 2, 6])
})

test('twice the weight is twice the engine time', () => {
  const jobs = Array.from({ length: 30 }, (_, index) => [
    waiter(2 * index + 1, 1, { weight: 2 }),
    waiter(2 * index + 2, 2),
  ]).flat()
  const { line } = lineOf(...jobs)
  const first = Array.from({ length: 30 }, () => line.take()!)
  expect(first.filter((job) => job % 2 === 1)).toHaveLength(20)
})

test('a higher class goes first, whoever is in it', () => {
  const { line, shares } = lineOf(waiter(1, 1), waiter(2, 2, { priority: 1 }), waiter(3, 2))
  shares.charge(2, 60_000)
  expect(takeAll(line)).toEqual([2, 1, 3])
})

test('engine time counts half after the half-life', () => {
  const { shares, clock } = lineOf()
  shares.charge(1, 1000)
  expect(shares.of(1)).toBe(1000)
  return clock.pass(HALF_LIFE_MS).then(() => expect(shares.of(1)).toBeCloseTo(500))
})

test('who had the engine long ago is before who had it just now', async () => {
  const { line, shares, clock } = lineOf()
  shares.charge(1, 1500)
  await clock.pass(HALF_LIFE_MS)
  shares.charge(2, 1000)
  line.add(1, waiter(1, 2))
  line.add(2, waiter(2, 1))
  expect(takeAll(line)).toEqual([2, 1])
})

test('the place told is the place kept, whatever waits, if nobody else comes', () => {
  const waiting = fc.record({
    person: fc.integer({ min: 1, max: 5 }),
    priority: fc.integer({ min: 0, max: 1 }),
    expectedMs: fc.integer({ min: 1, max: 5000 }),
    // Of one person, too: it depends on the chat, and rules change.
    weight: fc.constantFrom(0.5, 1, 3),
  })
  fc.assert(
    fc.property(fc.array(waiting, { maxLength: 40 }), fc.array(fc.integer({ min: 0, max: 9000 })), (jobs, used) => {
      const { line, shares } = lineOf(...jobs.map((job, index) => waiter(index + 1, job.person, job)))
      used.forEach((ms, person) => void shares.charge(person, ms))
      const told = line.inOrder().map(({ job }) => job)
      for (const [place, job] of told.entries())
        expect(line.ahead(job)!.map((other) => other.job)).toEqual(told.slice(0, place))
      expect(takeAll(line)).toEqual(told)
    }),
  )
})

test('who leaves the line is not called, and the rest move up', () => {
  const { line } = lineOf(waiter(1, 1), waiter(2, 2), waiter(3, 3))
  line.remove(2)
  expect(line.size).toBe(2)
  expect(line.ahead(3)).toHaveLength(1)
  expect(line.ahead(2)).toBeUndefined()
  expect(takeAll(line)).toEqual([1, 3])
  expect(line.take()).toBeUndefined()
})
