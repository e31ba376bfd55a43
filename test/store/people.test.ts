import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/store/database.ts'
import { checkInvariants } from '../../src/store/invariants.ts'
import { createStore } from '../../src/store/store.ts'
import { temporaryFolder } from '../support/folder.ts'

function open() {
  const db = openDatabase(join(temporaryFolder(), 'z.db'))
  onTestFinished(() => void db.close())
  const store = createStore(db)
  let count = 0
  const job = (person: number, prompt: string) => {
    const { id } = store.jobs.add(
      {
        event: `chat:${++count}`,
        person,
        address: { platform: 'chat', chat: 'room', route: null },
        prompt,
        request: { prompt, widthPx: 64, heightPx: 64, steps: 4, guidance: 0, seed: 1 },
        private: false,
        language: 'en',
        priority: 0,
        weight: 1,
        cost: 5,
      },
      count,
    )
    store.ledger.add({ person, kind: 'reserve', amount: -5, day: 0, job: id, at: 0, actor: 'test' })
    store.prompts.add(id, person, prompt)
    return id
  }
  const found = (person: number, words: string) => store.prompts.search({ person, words, limit: 9 }).map(({ id }) => id)
  return {
    db,
    store,
    job,
    found,
    ann: store.people.of('discord', '1', 'Ann', 0),
    bob: store.people.of('telegram', '1', 'Bob', 0),
  }
}

test('an account is one person, whatever its name becomes', () => {
  const { store, ann, bob } = open()
  expect(ann).not.toBe(bob)
  expect(store.people.of('discord', '1', 'Anna', 5)).toBe(ann)
  expect(store.people.accounts(ann)).toMatchObject([{ platform: 'discord', account: '1', name: 'Anna' }])
  expect(store.people.named('anna')).toMatchObject([{ person: ann }])
})

test('two linked accounts share history, search, stars, credits and settings', () => {
  const { db, store, job, found, ann, bob } = open()
  const hers = job(ann, 'a red fox')
  const his = job(bob, 'a red boat')
  store.stars.add(bob, his, 0)
  store.settings.set(bob, 'style', 'portrait')
  store.settings.set(bob, 'language', 'zh')
  store.settings.set(ann, 'language', 'en')
  store.personData.merge(bob, ann, 0)
  expect(store.people.of('telegram', '1', 'Bob', 9)).toBe(ann)
  expect(found(ann, 'red')).toEqual([his, hers])
  expect(store.prompts.count({ person: bob, words: 'red' })).toBe(0)
  expect(store.stars.has(ann, his)).toBe(true)
  expect(store.ledger.sumOfDay(ann, 0)).toBe(-10)
  expect(store.settings.all(ann)).toEqual({ style: 'portrait', language: 'en' })
  expect(store.personData.exportOf(bob).people).toHaveLength(0)
  expect(checkInvariants(db).filter(({ count }) => count > 0)).toEqual([])
})

test('a block is not shaken off by linking', () => {
  const { store, ann, bob } = open()
  store.verdicts.put({
    scope: 'person',
    key: String(bob),
    verdict: 'blocked',
    actor: 'a',
    reason: undefined,
    at: 0,
    expiresAt: undefined,
  })
  store.verdicts.put({
    scope: 'person',
    key: String(ann),
    verdict: 'allowed',
    actor: 'a',
    reason: undefined,
    at: 0,
    expiresAt: undefined,
  })
  store.personData.merge(bob, ann, 0)
  expect(store.verdicts.get('person', String(ann), 0)?.verdict).toBe('blocked')
})

test('of two blocks the one that lasts longer stays, and none is shaken off for one that is over', () => {
  const { store, ann, bob } = open()
  const block = (person: number, expiresAt: number | undefined) =>
    store.verdicts.put({
      scope: 'person',
      key: String(person),
      verdict: 'blocked',
      actor: 'a',
      reason: undefined,
      at: 0,
      expiresAt,
    })
  block(ann, undefined)
  block(bob, 100)
  store.personData.merge(bob, ann, 0)
  expect(store.verdicts.get('person', String(ann), 1000)?.verdict).toBe('blocked')
  const eve = store.people.of('telegram', '2', 'Eve', 0)
  block(eve, 5000)
  block(ann, 3000)
  store.personData.merge(eve, ann, 0)
  expect(store.verdicts.get('person', String(ann), 4000)?.verdict).toBe('blocked')
  const dan = store.people.of('telegram', '3', 'Dan', 0)
  block(dan, 5000)
  block(ann, undefined)
  const allowed = { ...store.verdicts.get('person', String(ann), 0)!, verdict: 'allowed' } as const
  store.verdicts.put(allowed)
  store.personData.merge(dan, ann, 6000)
  expect(store.verdicts.get('person', String(ann), 6000)).toEqual(allowed)
})

test('a rule with an end stays where that of the other is over', () => {
  const { store, ann, bob } = open()
  const rule = (person: number, creditsPerDay: number, expiresAt: number) =>
    store.rules.put({ scope: 'person', key: String(person), creditsPerDay, actor: 'a', at: 0, expiresAt })
  rule(ann, 1000, 100)
  rule(bob, 2000, 5000)
  store.personData.merge(bob, ann, 1000)
  expect(store.rules.get('person', String(ann), 1000).creditsPerDay).toBe(2000)
})

test('a search finds own prompts only: every word, accents folded, the last word unfinished, in any script', () => {
  const { store, job, found, ann, bob } = open()
  const fox = job(ann, 'A réd fox in the snow')
  job(bob, 'a red fox in the snow')
  const chinese = job(ann, '雪地里的红狐狸')
  expect(found(ann, 'red FOX')).toEqual([fox])
  expect(store.prompts.count({ person: ann, words: 'red FOX' })).toBe(1)
  expect(found(ann, 'red sn')).toEqual([fox])
  expect(found(ann, 'sn red')).toEqual([])
  expect(found(ann, '狐狸')).toEqual([chinese])
  expect(found(ann, '红狐')).toEqual([chinese])
  const emoji = job(ann, 'an owl🦊 and 👩‍🚀')
  for (const words of ['🦊', '🚀 🦊', 'owl', 'an 👩‍🚀']) expect(found(ann, words)).toEqual([emoji])
  expect(found(ann, '🦉')).toEqual([])
})

test.each(['"', '*', 'OR', 'a AND (b', '-fox', 'words:fox', 'owner:p2', '^', "'; --", '🦊'])(
  'words that look like a query are only words: %s',
  (words) => {
    const { job, found, ann } = open()
    job(ann, 'a boat')
    expect(found(ann, words)).toEqual([])
  },
)

test('of a page of words the first fifty are looked for, each once', () => {
  const { job, found, ann } = open()
  const words = Array.from({ length: 60 }, (_, i) => `word${i}`)
  const hers = job(ann, words.slice(0, 50).join(' '))
  expect(found(ann, `${'word1 '.repeat(1000)}${words.join(' ')}`)).toEqual([hers])
  expect(found(ann, ['fox', ...words].join(' '))).toEqual([])
})

test("nobody puts words into another's search, whatever ends a word for the index", () => {
  const { store, job, found, ann, bob } = open()
  const hers = job(ann, 'a fox')
  for (let i = 0; i < 9; i++) for (const end of ['\u0305', '\u0903', '\u19b0']) job(bob, `b${end}${ann}xfox`)
  expect(found(ann, 'fox')).toEqual([hers])
  expect(store.prompts.count({ person: ann, words: 'fox' })).toBe(1)
  expect(found(bob, `b\u0903${ann}xfox`)).toHaveLength(9)
})

test('a link code counts until it expires, and a new one takes the old one back', () => {
  const { store, ann } = open()
  store.linkCodes.add('AAAAAA', ann, 100)
  expect(store.linkCodes.find('AAAAAA', 99)).toBe(ann)
  expect(store.linkCodes.find('AAAAAA', 100)).toBeUndefined()
  store.linkCodes.add('BBBBBB', ann, 100)
  expect(store.linkCodes.find('AAAAAA', 0)).toBeUndefined()
})
