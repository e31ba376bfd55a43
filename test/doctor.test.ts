import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { runDoctor } from '../src/doctor.ts'
import { DATABASE, openStore } from '../src/store/store.ts'
import { temporaryFolder } from './support/folder.ts'
import { createHouse, type House, PICTURE_MS } from './support/house.ts'

function examine(folder: string) {
  const lines: string[] = []
  const sound = runDoctor(folder, (line) => lines.push(line))
  return { sound, broken: lines.filter((line) => line.startsWith('BROKEN')) }
}

/** A house with a delivered, a failed, a cancelled and a waiting job, left as it is. */
async function lived(): Promise<House> {
  const house = await createHouse({
    before({ seed }) {
      if (seed === 13) throw new Error('unlucky')
    },
  })
  const delivered = await house.ask({ seed: 1 })
  await house.clock.pass(PICTURE_MS)
  await house.told(delivered.id)
  const failed = await house.ask({ seed: 13 })
  await house.told(failed.id)
  const running = await house.ask()
  const cancelled = await house.ask()
  house.services.queue.cancel(cancelled.id, 'scripted:ann')
  await house.told(cancelled.id)
  await house.becomes(running.id, 'running')
  return house
}

test('a data folder that may not be looked into is not taken for an empty one', () => {
  const loop = join(temporaryFolder(), 'loop')
  // Not by its permissions: root may look everywhere.
  symlinkSync(loop, loop)
  expect(() => examine(loop)).toThrow(/ELOOP/u)
})

test('a database that was lived in is sound, beside the running service and after it', async () => {
  const house = await lived()
  expect(examine(house.folder)).toEqual({ sound: true, broken: [] })
  await house.stop()
  expect(examine(house.folder)).toEqual({ sound: true, broken: [] })
})

test('an empty folder has nothing to check', () => {
  expect(examine(temporaryFolder()).sound).toBe(true)
})

test('the doctor speaks Chinese too', async () => {
  const house = await lived()
  await house.stop()
  const db = new Database(join(house.folder, DATABASE))
  db.exec("DELETE FROM ledger WHERE kind = 'settle'")
  db.close()
  const lines: string[] = []
  expect(runDoctor(house.folder, (line) => lines.push(line), 'zh')).toBe(false)
  for (const line of lines) expect(line).toMatch(/^(?:正常|异常|\d+ 项检查中) ?\p{Script=Han}/u)
  expect(lines).toContain('异常 送达的任务只结算一次: job 1')
  expect(runDoctor(temporaryFolder(), (line) => lines.push(line), 'zh')).toBe(true)
  expect(lines.at(-1)).toMatch(/还不存在$/u)
})

const DAMAGE: readonly (readonly [string, string, RegExp])[] = [
  [
    'a reserve that is not the cost',
    "UPDATE ledger SET amount = amount - 1 WHERE job = 1 AND kind = 'reserve'",
    /reserved exactly what it costs/u,
  ],
  ['a refund that is missing', "DELETE FROM ledger WHERE kind = 'refund' AND job = 2", /refunded once/u],
  ['a settlement that is missing', "DELETE FROM ledger WHERE kind = 'settle'", /settled once/u],
  [
    'a second refund',
    "INSERT INTO ledger (person, kind, amount, day, job, at, actor) SELECT person, kind, amount, day, job, at, actor FROM ledger WHERE kind = 'refund' LIMIT 1",
    /refunded once/u,
  ],
  ['a post that is missing', 'DELETE FROM posts WHERE job = 1', /in the outbox/u],
  ['a picture that is missing', 'DELETE FROM pictures', /all its pictures/u],
  ['a prompt that is not found', 'DELETE FROM prompts WHERE rowid = 1', /can be searched/u],
  [
    'an overspent grant',
    `INSERT INTO ledger (id, person, kind, amount, at, actor) VALUES (900, 1, 'grant', 5, 0, 'x');
     INSERT INTO ledger (person, kind, amount, source, at, actor) VALUES (1, 'adjust', -6, 900, 0, 'x')`,
    /overspent/u,
  ],
]

test.each(DAMAGE)('the doctor sees %s', async (_, sql, rule) => {
  const house = await lived()
  await house.stop()
  const db = new Database(join(house.folder, DATABASE))
  db.exec(sql)
  db.close()
  const { sound, broken } = examine(house.folder)
  expect(sound).toBe(false)
  expect(broken.join('\n')).toMatch(rule)
})

test('the doctor sees a picture file that is gone or cut', async () => {
  const house = await lived()
  await house.stop()
  const file = house.services.pictures.file('pictures/2026-01-15/1-0.png')
  writeFileSync(file, 'cut')
  expect(examine(house.folder).broken).toEqual([expect.stringMatching(/picture file/u)])
  rmSync(file)
  expect(examine(house.folder).broken).toEqual([expect.stringMatching(/picture file/u)])
})

test('a picture that is being deleted while the doctor looks is not missing', async () => {
  const house = await lived()
  // As a sweep does it, which deletes the file and then the row.
  rmSync(house.services.pictures.file('pictures/2026-01-15/1-0.png'))
  const lines: string[] = []
  const sound = runDoctor(house.folder, (line) => {
    if (lines.push(line) === 1) house.services.pictures.remove(1)
  })
  expect(lines.filter((line) => line.startsWith('BROKEN'))).toEqual([])
  expect(sound).toBe(true)
})

test('a file that is no database, or is damaged, is told as such', async () => {
  const garbage = temporaryFolder()
  writeFileSync(join(garbage, DATABASE), 'not a database'.repeat(1000))
  expect(() => examine(garbage)).toThrow(/can't be used/u)
})

test('of a damaged database the doctor tells what cannot be looked at, and the service opens it or says why not', async () => {
  const house = await lived()
  await house.stop()
  const path = join(house.folder, DATABASE)
  const whole = readFileSync(path)
  const outcomes = new Set<string>()
  for (let at = PAGE_BYTES; at < whole.length; at += PAGE_BYTES) {
    writeFileSync(path, Buffer.from(whole).fill(0, at, at + PAGE_BYTES))
    const { sound, broken } = examine(house.folder)
    expect(sound).toBe(false)
    expect(broken[0]).toMatch(/^BROKEN +the file is sound: ./u)
    outcomes.add(openedOr(house.folder))
  }
  expect(outcomes).toEqual(new Set(['opened', 'StartError']))
})

// SQLite's own.
const PAGE_BYTES = 4096

/** What the service would meet. */
function openedOr(folder: string): string {
  try {
    openStore(folder).close()
    return 'opened'
  } catch (error) {
    return (error as Error).name
  }
}
