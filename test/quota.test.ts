import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { readConfig } from '../src/config.ts'
import { type Asker, cost, createQuota } from '../src/quota.ts'
import { createRefill } from '../src/refill.ts'
import { openDatabase } from '../src/store/database.ts'
import { checkInvariants } from '../src/store/invariants.ts'
import type { RuleScope, RuleTerms } from '../src/store/rules.ts'
import { createStore } from '../src/store/store.ts'
import { UserError } from '../src/user-error.ts'
import { ManualClock } from './support/clock.ts'
import { temporaryFolder } from './support/folder.ts'

const DAY_MS = 86_400_000
const REQUEST = { prompt: 'a fox', widthPx: 1024, heightPx: 1024, steps: 8, guidance: 0, seed: 1 }

function house(creditsPerDay = 2000) {
  const db = openDatabase(join(temporaryFolder(), 'z.db'))
  onTestFinished(() => void db.close())
  const store = createStore(db)
  const clock = new ManualClock()
  const defaults = { ...readConfig({}).terms, creditsPerDay }
  const quota = createQuota({ store, clock, refill: createRefill(0, 'UTC'), defaults })
  const person = store.people.of('chat', 'ann', 'Ann', clock.now())
  const asker: Asker = { person, platform: 'chat', chat: 'room', roles: ['painter', 'guest'] }
  let count = 0
  /** A job of this cost, as the intake adds it. */
  const job = (credits: number) =>
    store.transaction(() => {
      const { id } = store.jobs.add(
        {
          event: `chat:${++count}`,
          person,
          address: { platform: 'chat', chat: 'room', route: null },
          prompt: 'a fox',
          request: REQUEST,
          private: false,
          language: 'en',
          priority: 0,
          weight: 1,
          cost: credits,
        },
        clock.now(),
      )
      store.prompts.add(id, person, 'a fox')
      quota.reserve(asker, id, credits)
      return id
    })
  const rule = (scope: RuleScope, key: string, terms: RuleTerms, expiresAt?: number) =>
    store.rules.put({ scope, key, ...terms, actor: 'test', at: clock.now(), ...(expiresAt && { expiresAt }) })
  return { db, store, clock, quota, person, asker, job, rule, left: () => quota.balance(asker).left }
}

test('one credit is one 1024×1024 picture of 8 evaluations; guidance counts double, a small picture never nothing', () => {
  expect(cost(REQUEST)).toBe(1000)
  expect(cost({ ...REQUEST, guidance: 4, count: 3 })).toBe(6000)
  expect(cost({ ...REQUEST, widthPx: 128, heightPx: 128, guidance: 1.5 })).toBe(31)
  expect(cost({ ...REQUEST, widthPx: 16, heightPx: 16, steps: 1 })).toBe(1)
})

test('a request reserves before it runs, and a refusal says what is left, what it costs and when it refills', () => {
  const { job, left, clock } = house()
  job(1500)
  expect(left()).toBe(500)
  const refillsAt = Math.ceil(clock.now() / DAY_MS) * DAY_MS
  expect(() => job(501)).toThrow(new UserError('not-enough-credits', { left: 500, cost: 501, refillsAt, perDay: 2000 }))
  expect(left()).toBe(500)
  job(500)
  expect(left()).toBe(0)
})

test('a gift that ends before the refill, or with it, does not help whoever waits for that', () => {
  const refillsAt = (now: number) => Math.ceil(now / DAY_MS) * DAY_MS
  for (const endOf of [(now: number) => now + 1000, refillsAt]) {
    const { job, quota, person, clock } = house()
    quota.grant({ person, amount: 500, actor: 'test', expiresAt: endOf(clock.now()) })
    job(2000)
    expect(() => job(2100)).toThrow(
      new UserError('not-enough-credits', { left: 500, cost: 2100, refillsAt: undefined, perDay: 2000 }),
    )
  }
})

test('whose day becomes smaller than what they have spent of it has none of it left, and all of their gifts', () => {
  const { job, quota, rule, left, person } = house()
  job(1500)
  quota.grant({ person, amount: 800, actor: 'test' })
  rule('person', String(person), { creditsPerDay: 1000 })
  expect(left()).toBe(800)
  job(500)
  expect(left()).toBe(300)
})

test('what a whole day of credits would not pay for does not get better by waiting, and is refused without a time', () => {
  const { job, quota, person, clock } = house()
  const refusal = (cost: number, left: number, refillsAt: number | undefined) =>
    expect(() => job(cost)).toThrow(new UserError('not-enough-credits', { left, cost, refillsAt, perDay: 2000 }))
  refusal(2001, 2000, undefined)
  quota.grant({ person, amount: 100, actor: 'test' })
  job(1)
  refusal(2101, 2099, undefined)
  refusal(2100, 2099, Math.ceil(clock.now() / DAY_MS) * DAY_MS)
})

test('a reset gives back what is spent; what a job has reserved comes back once, when it comes to nothing', () => {
  const { quota, job, left, person } = house()
  quota.settle(job(300))
  const [drawn, cancelled] = [job(500), job(700)]
  quota.reset({ person, actor: 'test' })
  expect(left()).toBe(800)
  quota.refund(cancelled, 'cancelled')
  expect(left()).toBe(1500)
  quota.settle(drawn)
  expect(left()).toBe(1500)
  quota.reset({ person, actor: 'test' })
  expect(left()).toBe(2000)
})

test('a rule with an end lies over the lasting one, which holds again afterwards', async () => {
  const { quota, rule, asker, clock, store } = house()
  const key = String(asker.person)
  rule('person', key, { creditsPerDay: 50, maxSteps: 9 })
  rule('person', key, { unlimited: true, maxSteps: 20 }, clock.now() + 1000)
  expect(quota.terms(asker)).toMatchObject({ unlimited: true, maxSteps: 20, creditsPerDay: 50 })
  expect(store.rules.layers('person', key, clock.now())).toHaveLength(2)
  await clock.pass(1000)
  expect(quota.terms(asker)).toMatchObject({ unlimited: false, maxSteps: 9, creditsPerDay: 50 })
})

test('a refund happens once, and never after a settlement', () => {
  const { store, quota, job, left } = house()
  const failed = job(800)
  const other = job(1000)
  for (let i = 0; i < 2; i++) quota.refund(failed, 'failed')
  expect(left()).toBe(1000)
  for (let i = 0; i < 2; i++) quota.settle(other)
  quota.refund(other, 'failed')
  expect(left()).toBe(1000)
  expect([failed, other].map((id) => store.ledger.ofJob(id).map(({ kind }) => kind))).toEqual([
    ['reserve', 'refund'],
    ['reserve', 'settle'],
  ])
})

test("the allowance is whole again at the refill, and yesterday's refund does not raise today's", async () => {
  const { quota, job, left, clock } = house()
  const yesterday = job(1500)
  await clock.pass(DAY_MS)
  expect(left()).toBe(2000)
  quota.refund(yesterday, 'failed')
  expect(left()).toBe(2000)
})

test('grants are spent after the allowance, the first to expire first, and end when they say', async () => {
  const { quota, job, left, clock, person } = house()
  const gift = { person, amount: 1000, actor: 'test' }
  quota.grant({ ...gift, reason: 'for ever' })
  for (const hours of [2, 1]) quota.grant({ ...gift, expiresAt: clock.now() + hours * 3600_000 })
  job(2600)
  expect(quota.balance({ person, platform: 'chat', chat: 'room' }).grants.map((grant) => grant.left)).toEqual([
    400, 1000, 1000,
  ])
  expect(left()).toBe(2400)
  await clock.pass(3600_000)
  expect(left()).toBe(2000)
})

test('a refund to a grant that has expired is void', async () => {
  const { quota, job, left, clock, person } = house(0)
  quota.grant({ person, amount: 1000, actor: 'test', expiresAt: clock.now() + 1000 })
  const id = job(1000)
  await clock.pass(1000)
  quota.refund(id, 'failed')
  expect(left()).toBe(0)
})

test('a reset gives the day back until the refill, and is no credit of the next day', async () => {
  const { quota, job, left, clock, person } = house()
  quota.settle(job(1700))
  quota.reset({ person, actor: 'test' })
  expect(left()).toBe(2000)
  await clock.pass(DAY_MS)
  expect(left()).toBe(2000)
})

test('the most specific rule that says something decides, and an expired one says nothing', async () => {
  const { quota, asker, person, rule, clock } = house()
  const perDay = () => quota.terms(asker).creditsPerDay
  rule('everyone', '', { creditsPerDay: 1, maxSteps: 9 })
  expect(perDay()).toBe(1)
  rule('role', 'chat:painter', { creditsPerDay: 2 })
  rule('role', 'chat:guest', { creditsPerDay: 1 })
  expect(perDay()).toBe(2)
  rule('role', 'other:painter', { creditsPerDay: 99 })
  expect(perDay()).toBe(2)
  rule('chat', 'chat:room', { creditsPerDay: 3 })
  expect(perDay()).toBe(3)
  rule('person', String(person), { creditsPerDay: 4 }, clock.now() + 1000)
  expect(perDay()).toBe(4)
  expect(quota.terms(asker).maxSteps).toBe(9)
  await clock.pass(1000)
  expect(perDay()).toBe(3)
})

test('a role whose day is limited is not without limit because everyone is', () => {
  const { quota, asker, rule } = house()
  rule('everyone', '', { unlimited: true })
  rule('role', 'chat:painter', { creditsPerDay: 5, unlimited: false })
  expect(quota.terms(asker)).toMatchObject({ creditsPerDay: 5, unlimited: false })
  rule('role', 'chat:guest', { unlimited: true })
  expect(quota.terms(asker).unlimited).toBe(true)
})

test('who is unlimited is not refused, and what they spend is still told', () => {
  const { quota, asker, person, rule, job } = house()
  rule('person', String(person), { unlimited: true })
  job(50_000)
  expect(quota.balance(asker)).toMatchObject({ unlimited: true, spentToday: 50_000 })
})

test('whatever happens in whatever order, nobody spends what they do not have and the ledger adds up', () => {
  const action = fc.oneof(
    fc.record({ do: fc.constant('ask' as const), credits: fc.integer({ min: 1, max: 1500 }) }),
    fc.record({ do: fc.constantFrom('settle' as const, 'refund' as const), job: fc.nat(20) }),
    fc.record({ do: fc.constant('grant' as const), amount: fc.integer({ min: 1, max: 2000 }), hours: fc.nat(40) }),
    fc.record({ do: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 30 }) }),
  )
  return fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 30 }), async (actions) => {
      const { db, quota, job, left, clock, person, store } = house()
      const jobs: number[] = []
      for (const step of actions) {
        const before = left()
        if (step.do === 'ask') {
          if (step.credits <= before) {
            jobs.push(job(step.credits))
            expect(left()).toBe(before - step.credits)
          } else expect(() => job(step.credits)).toThrow(UserError)
        } else if (step.do === 'grant') {
          const expiresAt = clock.now() + step.hours * 3600_000
          quota.grant({ person, amount: step.amount, actor: 'test', ...(step.hours > 0 && { expiresAt }) })
          expect(left()).toBe(before + step.amount)
        } else if (step.do === 'wait') await clock.pass(step.hours * 3600_000)
        else {
          const id = jobs[step.job % jobs.length]
          if (id === undefined || store.posts.get(id)) continue
          const now = clock.now()
          if (step.do === 'settle') {
            store.jobs.end(id, { state: 'succeeded', computeMs: 1, recipe: 'r' }, now)
            store.pictures.add({
              job: id,
              position: 0,
              path: `p/${id}`,
              bytes: 1,
              pixelHash: 'h',
              widthPx: 16,
              heightPx: 16,
              seed: 1,
              createdAt: now,
            })
            store.posts.add(id, now)
            store.posts.close(id, 'posted', now)
            quota.settle(id)
          } else {
            store.jobs.end(id, { state: 'failed', code: 'failed' }, now)
            store.posts.add(id, now)
            quota.refund(id, 'failed')
          }
        }
        expect(left()).toBeGreaterThanOrEqual(0)
      }
      expect(checkInvariants(db).filter(({ count }) => count > 0)).toEqual([])
    }),
    { numRuns: 30 },
  )
})
