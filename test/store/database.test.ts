import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { StartError } from '../../src/start-error.ts'
import { openDatabase, openForReading, versionOf } from '../../src/store/database.ts'
import { createStore } from '../../src/store/store.ts'
import { temporaryFolder } from '../support/folder.ts'

const PARENTS = 'CREATE TABLE parents (id INTEGER PRIMARY KEY) STRICT;'
const CHILDREN = `CREATE TABLE children (parent INTEGER NOT NULL REFERENCES parents (id) ON DELETE CASCADE) STRICT;
  INSERT INTO parents VALUES (1); INSERT INTO children VALUES (1);`
const REBUILD = `CREATE TABLE new_parents (id INTEGER PRIMARY KEY, name TEXT) STRICT;
  INSERT INTO new_parents (id) SELECT id FROM parents; DROP TABLE parents; ALTER TABLE new_parents RENAME TO parents;`

function migrations(folder: string, ...files: string[]): string {
  const path = join(folder, 'migrations')
  mkdirSync(path, { recursive: true })
  files.forEach((sql, index) => {
    writeFileSync(join(path, `000${index + 1}-step.sql`), sql)
  })
  return path
}

test('a new database has write-ahead logging, foreign keys and every table strict', () => {
  const db = openDatabase(join(temporaryFolder(), 'z.db'))
  expect(db.pragma('journal_mode', { simple: true })).toBe('wal')
  expect(db.pragma('foreign_keys', { simple: true })).toBe(1)
  const tables = db.pragma('table_list') as { name: string; type: string; strict: number }[]
  const ours = tables.filter(({ name, type }) => type === 'table' && !name.startsWith('sqlite_'))
  expect(ours.length).toBeGreaterThan(10)
  expect(ours.filter(({ strict }) => !strict)).toEqual([])
  db.close()
})

test('a database that holds something is copied before it is migrated', () => {
  const folder = temporaryFolder()
  const path = join(folder, 'z.db')
  openDatabase(path, migrations(folder, PARENTS)).close()
  expect(existsSync(`${path}.before-1`)).toBe(false)
  const db = openDatabase(path, migrations(folder, PARENTS, CHILDREN))
  expect(versionOf(db)).toBe(2)
  db.close()
  expectBackup(`${path}.before-2`, 1)
})

test('a copy that an unfinished migration left does not stand in the way of the next try', () => {
  const folder = temporaryFolder()
  const path = join(folder, 'z.db')
  openDatabase(path, migrations(folder, PARENTS)).close()
  expect(() => openDatabase(path, migrations(folder, PARENTS, 'nonsense'))).toThrow(/syntax/u)
  writeFileSync(`${path}.before-2.part`, 'cut')
  const db = openDatabase(path, migrations(folder, PARENTS, CHILDREN))
  expect(versionOf(db)).toBe(2)
  db.close()
  expectBackup(`${path}.before-2`, 1)
})

test("notes of before get what they are about: a person's, a picture's, and none of a picture that is gone", () => {
  const folder = temporaryFolder()
  const path = join(folder, 'z.db')
  const older = readdirSync('migrations').filter((name) => name < '0004')
  const db = openDatabase(path, migrations(folder, ...older.map((name) => readFileSync(`migrations/${name}`, 'utf8'))))
  db.exec(`INSERT INTO people (id, created_at) VALUES (1, 0);
    INSERT INTO jobs (id, event, person, state, platform, chat, route, prompt, request, private, language, priority, weight,
      cost, created_at) VALUES (1, 'x', 1, 'queued', 'telegram', '7', 'null', 'a fox', '{}', 0, 'en', 0, 1, 5, 0);
    INSERT INTO pictures (job, position, path, bytes, pixel_hash, width_px, height_px, seed, created_at)
      VALUES (1, 0, 'pictures/1-0.png', 9, 'h', 64, 64, 1, 0)`)
  const note = db.prepare("INSERT INTO notes (platform, name, value) VALUES ('telegram', ?, ?)")
  const files = (job: number) => JSON.stringify([{ path: `pictures/${job}-0.png`, name: 'fox.png' }])
  for (const name of ['moved:-5', 'ask:-5:7', 'album-from:7:7', 'album:7:9', 'album:job:1', 'kept-photo:7:7'])
    note.run(name, '1')
  for (const job of [1, 2]) note.run(`photo:pictures/${job}-0.png`, '"id"')
  for (const [name, job] of [
    ['7:3', 1],
    ['-5:3', 1],
    ['7:4', 2],
  ] as const)
    note.run(`originals:${name}`, files(job))
  db.close()

  const after = openDatabase(path)
  const rows = after.prepare('SELECT name, account, picture FROM notes ORDER BY name').raw().all()
  after.close()
  expect(rows).toEqual([
    ['album-from:7:7', '7', null],
    ['album:7:9', '7', null],
    ['album:job:1', null, null],
    ['ask:-5:7', '7', null],
    ['moved:-5', null, null],
    ['originals:-5:3', null, 'pictures/1-0.png'],
    ['originals:7:3', '7', 'pictures/1-0.png'],
    ['photo:pictures/1-0.png', null, 'pictures/1-0.png'],
  ])
})

test('a migration that rebuilds a table keeps the rows that point to it', () => {
  const folder = temporaryFolder()
  const db = openDatabase(join(folder, 'z.db'), migrations(folder, PARENTS, CHILDREN, REBUILD))
  expect(db.prepare('SELECT count(*) FROM children').pluck().get()).toBe(1)
  db.close()
})

test('a migration that would break a reference changes nothing', () => {
  const folder = temporaryFolder()
  const path = join(folder, 'z.db')
  openDatabase(path, migrations(folder, PARENTS, CHILDREN)).close()
  const breaking = migrations(folder, PARENTS, CHILDREN, 'DELETE FROM parents;')
  expect(() => openDatabase(path, breaking)).toThrow(/foreign keys/u)
  const db = new Database(path, { readonly: true })
  expect(versionOf(db)).toBe(2)
  expect(db.prepare('SELECT count(*) FROM parents').pluck().get()).toBe(1)
  db.close()
})

test('a database of a newer program is refused and left as it is', () => {
  const folder = temporaryFolder()
  const path = join(folder, 'z.db')
  openDatabase(path, migrations(folder, PARENTS, CHILDREN)).close()
  expect(() => openDatabase(path, migrations(join(folder, 'older'), PARENTS))).toThrow(
    /is at version 2, but this program only knows 1/u,
  )
  expect(existsSync(`${path}.before-1`)).toBe(false)
})

test('of a database that cannot be opened the operating system says why', () => {
  const path = join(temporaryFolder(), 'z.db')
  mkdirSync(path)
  const why = `EISDIR: illegal operation on a directory, open '${path}'`
  expect(() => openDatabase(path)).toThrow(why)
  // It may be read, but is no database.
  expect(() => openForReading(path)).toThrow(StartError)
})

test('a database of another version is not opened for reading, and a newer one is not to be migrated', () => {
  const folder = temporaryFolder()
  const path = join(folder, 'z.db')
  openDatabase(path, migrations(folder, PARENTS)).close()
  expect(() => openForReading(path)).toThrow(/an older version/u)
  const db = new Database(path)
  db.pragma('user_version = 999')
  db.close()
  expect(() => openForReading(path)).toThrow(/is at version 999, but this program only knows \d+/u)
})

// root writes whatever the permissions say
test.skipIf(process.getuid?.() === 0)('a database that can only be read is not opened', () => {
  const path = join(temporaryFolder(), 'z.db')
  openDatabase(path).close()
  chmodSync(path, 0o444)
  expect(() => openDatabase(path)).toThrow(/z\.db can't be used: .*readonly/u)
})

function expectBackup(path: string, version: number): void {
  const backup = new Database(path, { readonly: true })
  expect(versionOf(backup)).toBe(version)
  backup.close()
}

test('no statement reads all jobs, posts, pictures or entries there ever were', () => {
  const plans = plansOfStore()
  const reading = /^SCAN (jobs|posts|pictures|ledger)(?! USING (COVERING )?INDEX (jobs_waiting|posts_open))|AUTOMATIC/u
  expect([...plans.keys()].filter((sql) => plans.get(sql)!.some((detail) => reading.test(detail)))).toEqual([
    // Of the files that are there, once at the start.
    expect.stringContaining('total(bytes)'),
    // A group that became another one.
    expect.stringMatching(/UPDATE jobs SET chat/u),
  ])
})

test('what a person has is not looked for among all entries they ever made', () => {
  const plans = plansOfStore()
  const reading = /^SEARCH ledger USING INDEX ledger_by_person/u
  const all = [...plans.keys()].filter((sql) => plans.get(sql)!.some((detail) => reading.test(detail)))
  expect(all.filter((sql) => /^SELECT (?!\* )/u.test(sql))).toEqual([])
})

/** How SQLite goes about each statement of the store, by its SQL. */
function plansOfStore(): ReadonlyMap<string, readonly string[]> {
  const db = openDatabase(':memory:')
  const statements: string[] = []
  const prepare = db.prepare.bind(db)
  createStore(
    Object.assign(db, {
      prepare(sql: string) {
        statements.push(sql)
        return prepare(sql)
      },
    }),
  )
  const planOf = (sql: string) => {
    const values = [...sql.matchAll(/\?/gu)].map(() => 1)
    const named = Object.fromEntries([...sql.matchAll(/@(\w+)/gu)].map(([, name]) => [name, 1]))
    const rows = prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values, named) as { detail: string }[]
    return rows.map(({ detail }) => detail)
  }
  return new Map(statements.map((sql) => [sql, planOf(sql)]))
}
