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
  expect([inbox.keep(3, 'a hen'), inbox.keep(2, 'a fox'), inbox.keep(2, 'a fox')]).toEqual([true, true, false])
  expect([inbox.unfinished(), of('another').unfinished()]).toEqual([['a hen', 'a fox'], []])

  inbox.finish(2)
  expect(inbox.unfinished()).toEqual(['a hen'])
  expect(JSON.stringify(db.prepare('SELECT * FROM updates').all())).not.toContain('fox')
  expect(inbox.keep(2, 'a fox')).toBe(false)

  store.inbox.forget(at)
  expect(inbox.keep(2, 'a fox')).toBe(true)
  expect(inbox.keep(3, 'a hen')).toBe(false)
})
