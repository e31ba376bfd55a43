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
  pictures: 1,
  pictureMs: 1000,
  begun: false,
  ...rest,
})

function lineOf(...waiters: Waiter[]) {
  const clock = new ManualClock()
  const shares = new Shares(clock)
  const line = new FairLine<Waiter>(shares)
  for (const each of waiters) line.add(each, each)
  return { line, shares, clock }
}

/** Gives the next picture; its job comes back for more. → the job. */
function draw(line: FairLine<Waiter>): number | undefined {
  const drawn = line.take()
  if (drawn && line.inOrder().some(({ job }) => job === drawn.job)) line.add(drawn, drawn)
  return drawn?.job
}

function drawAll(line: FairLine<Waiter>): number[] {
  const jobs: number[] = []
  for (let job = draw(line); job !== undefined && jobs.length < 1000; job = draw(line)) jobs.push(job)
  return jobs
}

test('a hundred jobs of one person delay the single job of another by at most one picture', () => {
  const { line } = lineOf(...Array.from({ length: 100 }, (_, index) => waiter(index + 1, 1)))
  line.take()
  const single = waiter(101, 2)
  line.add(single, single)
  expect(draw(line)).toBe(101)
})

test('so do jobs of several pictures, which are drawn one after another otherwise', () => {
  const { line } = lineOf(waiter(1, 1, { pictures: 4 }), waiter(2, 1, { pictures: 4 }), waiter(3, 2, { pictures: 3 }))
  expect(draw(line)).toBe(1)
  const single = waiter(4, 3)
  line.add(single, single)
  expect(drawAll(line)).toEqual([4, 1, 1, 1, 3, 3, 3, 2, 2, 2, 2])
})

test('nobody goes between the pictures of a job who has had as much, or is in a lower class', () => {
  const { line, shares } = lineOf(waiter(1, 1, { pictures: 3, priority: 1 }))
  expect(draw(line)).toBe(1)
  shares.charge(2, 1500)
  for (const other of [waiter(2, 2, { priority: 1 }), waiter(3, 3)]) line.add(other, other)
  expect(drawAll(line)).toEqual([1, 2, 1, 3])
})

test("while a job's picture is drawn, it is given no other one, and another engine takes what is next", () => {
  const { line } = lineOf(waiter(1, 1, { pictures: 2 }), waiter(2, 1))
  expect(line.take()?.job).toBe(1)
  expect([line.size, line.take()?.job, line.size, line.take()]).toEqual([1, 2, 0, undefined])
  expect(line.inOrder()).toEqual([waiter(1, 1, { begun: true })])
})

test('a job that comes back is charged what is expected of its next picture by then', () => {
  const { line, shares } = lineOf(waiter(1, 1, { pictures: 3 }))
  line.take()
  const learnt = waiter(1, 1, { pictureMs: 5000 })
  line.add(learnt, learnt)
  line.take()
  expect(shares.of(1)).toBe(6000)
  expect(line.inOrder()).toEqual([waiter(1, 1, { pictureMs: 5000, begun: true })])
})

test("a person's own jobs go in the order they were asked for", () => {
  const { line } = lineOf(waiter(3, 1), waiter(1, 1), waiter(2, 1))
  expect(drawAll(line)).toEqual([1, 2, 3])
})

test('people take turns, the older job first where both had equal', () => {
  const { line } = lineOf(waiter(1, 1), waiter(2, 1), waiter(3, 2), waiter(4, 2))
  expect(drawAll(line)).toEqual([1, 3, 2, 4])
})

test('two people who become one have one share from then on, and their jobs the order they were asked for', () => {
  const { line, shares } = lineOf(waiter(1, 1), waiter(2, 2), waiter(3, 3), waiter(4, 2), waiter(5, 1), waiter(6, 3))
  shares.charge(1, 500)
  line.join(1, 2)
  expect([shares.of(1), shares.of(2), line.size]).toEqual([0, 500, 6])
  expect(drawAll(line)).toEqual([3, 1, 6, 2, 4, 5])
})

test('a job whose person becomes another one meanwhile still comes back for its other pictures', () => {
  const { line } = lineOf(waiter(1, 1, { pictures: 2 }))
  const taken = line.take()!
  line.join(1, 2)
  line.add(taken, taken)
  expect([line.size, drawAll(line)]).toEqual([1, [1]])
})

test('a job that has begun goes on before older ones of whom its person becomes', () => {
  const { line } = lineOf(waiter(2, 1, { pictures: 3 }))
  expect(draw(line)).toBe(2)
  const older = waiter(1, 2, { pictures: 2 })
  line.add(older, older)
  line.join(1, 2)
  expect(drawAll(line)).toEqual([2, 2, 1, 1])
})

test('one large picture weighs as much as several small ones', () => {
  const { line } = lineOf(
    waiter(1, 1, { pictureMs: 3000 }),
    waiter(2, 1),
    waiter(3, 2),
    waiter(4, 2),
    waiter(5, 2),
    waiter(6, 2),
  )
  expect(drawAll(line)).toEqual([1, 3, 4, 5, 2, 6])
})

test('twice the weight is twice the engine time', () => {
  const jobs = Array.from({ length: 30 }, (_, index) => [
    waiter(2 * index + 1, 1, { weight: 2 }),
    waiter(2 * index + 2, 2),
  ]).flat()
  const { line } = lineOf(...jobs)
  const first = Array.from({ length: 30 }, () => draw(line)!)
  expect(first.filter((job) => job % 2 === 1)).toHaveLength(20)
})

test('a higher class goes first, whoever is in it', () => {
  const { line, shares } = lineOf(waiter(1, 1), waiter(2, 2), waiter(3, 2, { priority: 1 }))
  shares.charge(2, 60_000)
  expect(drawAll(line)).toEqual([3, 1, 2])
})

test('engine time counts half after the half-life, and no more than it was when the clock is set back', async () => {
  const { shares, clock } = lineOf()
  shares.charge(1, 1000)
  expect(shares.of(1)).toBe(1000)
  await clock.pass(HALF_LIFE_MS)
  expect(shares.of(1)).toBeCloseTo(500)
  clock.setBack(3 * HALF_LIFE_MS)
  expect(shares.of(1)).toBe(1000)
})

test('who had the engine long ago is before who had it just now', async () => {
  const { line, shares, clock } = lineOf()
  shares.charge(1, 1500)
  await clock.pass(HALF_LIFE_MS)
  shares.charge(2, 1000)
  for (const each of [waiter(1, 2), waiter(2, 1)]) line.add(each, each)
  expect(drawAll(line)).toEqual([2, 1])
})

test('the order told is the order kept, whatever waits, if nobody else comes', () => {
  const waiting = fc.record({
    person: fc.integer({ min: 1, max: 5 }),
    priority: fc.integer({ min: 0, max: 1 }),
    pictures: fc.integer({ min: 1, max: 4 }),
    pictureMs: fc.integer({ min: 1, max: 5000 }),
    // Of one person, too: it depends on the chat, and rules change.
    weight: fc.constantFrom(0.5, 1, 3),
  })
  fc.assert(
    fc.property(fc.array(waiting, { maxLength: 40 }), fc.array(fc.integer({ min: 0, max: 9000 })), (jobs, used) => {
      const { line, shares } = lineOf(...jobs.map((job, index) => waiter(index + 1, job.person, job)))
      used.forEach((ms, person) => void shares.charge(person, ms))
      const told = line.inOrder().map(({ job }) => job)
      expect(told).toHaveLength(jobs.reduce((sum, { pictures }) => sum + pictures, 0))
      expect(drawAll(line)).toEqual(told)
    }),
  )
})

test('who leaves the line is not called, and the rest move up', () => {
  const { line } = lineOf(waiter(1, 1), waiter(2, 2), waiter(3, 3))
  line.remove(2)
  expect([line.size, line.inOrder().map(({ job }) => job)]).toEqual([2, [1, 3]])
  line.remove(2)
  expect(drawAll(line)).toEqual([1, 3])
  expect(line.take()).toBeUndefined()
})
