import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/store/database.ts'
import { createStore } from '../../src/store/store.ts'
import { temporaryFolder } from '../support/folder.ts'

test('an update is known when it comes again, and once it is finished nothing is left of it but that it came', () => {
  const db = openDatabase(join(temporaryFolder(), 'z.db'))
  onTestFinished(() => void db.close())
  const store = createStore(db)
  let at = 0
  const of = (platform: string) => store.inbox.of(platform, { now: () => ++at })
  const inbox = of('telegram')
  for (const id of [3, 1, 2]) expect(inbox.keep(id, `fox ${id}`)).toBe(true)
  expect(inbox.keep(2, 'fox 2')).toBe(false)
  expect([inbox.unfinished(), of('another').unfinished()]).toEqual([['fox 3', 'fox 1', 'fox 2'], []])

  inbox.finish(2)
  expect(inbox.unfinished()).toEqual(['fox 3', 'fox 1'])
  expect(JSON.stringify(db.prepare('SELECT * FROM updates').all())).not.toContain('fox 2')
  expect(inbox.keep(2, 'fox 2')).toBe(false)

  store.inbox.forget(at)
  expect(inbox.keep(2, 'fox 2')).toBe(true)
  expect(inbox.keep(3, 'fox 3')).toBe(false)
})
