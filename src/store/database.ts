import { closeSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { StartError } from '../start-error.ts'

export type Db = Database.Database

const MIGRATIONS = fileURLToPath(new URL('../../migrations/', import.meta.url))

/**
 * Opens the database at `path` and brings it up to date. Migrations only go up, all in one transaction; a database that
 * holds something is copied to `PATH.before-VERSION` first. `PRAGMA user_version` counts the migrations that ran. Throws a
 * `StartError` where it can't be used, one of a newer program among them: opening that could lose what we don't know of.
 */
export function openDatabase(path: string, migrations = MIGRATIONS): Db {
  return usable(openFile(path), (db) => {
    db.pragma('journal_mode = WAL')
    // An acknowledged job outlives a power cut, not only a killed process.
    db.pragma('synchronous = FULL')
    // What is deleted is in the file no more.
    db.pragma('secure_delete = ON')
    migrate(db, migrations)
    // Written once more: where somebody else put it there, it may be one to read only, and that is said now.
    db.pragma(`user_version = ${versionOf(db)}`)
    db.pragma('foreign_keys = ON')
    return db
  })
}

/** For looking only: works beside a running service. */
export function openForReading(path: string): Db {
  return usable(openFile(path, { readonly: true, fileMustExist: true }), (db) => {
    const known = migrationFiles(MIGRATIONS).length
    if (knownVersion(db, known) === known) return db
    throw new StartError({ code: 'other-database', path })
  })
}

/** Where SQLite says only that it can't be opened, the operating system also why. */
export function openFile(path: string, options: Database.Options = {}): Db {
  try {
    return new Database(path, options)
  } catch (error) {
    // Not before: closing a file lets go of its locks.
    closeSync(openSync(path, options.readonly ? 'r' : 'a'))
    throw unusable(path, error as Error)
  }
}

/** Those that migrations made before `before`, each with everything that was deleted since. */
export function removeCopies(path: string, before: number): void {
  const copies = readdirSync(dirname(path))
    .filter((name) => name.startsWith(`${basename(path)}.before-`))
    .map((name) => join(dirname(path), name))
  for (const copy of copies) if (statSync(copy).mtimeMs < before) rmSync(copy)
}

export function versionOf(db: Db): number {
  return db.pragma('user_version', { simple: true }) as number
}

/** What is made of an open database. Closes one that is too damaged for it, and throws a `StartError`. */
export function usable<T>(db: Db, use: (db: Db) => T): T {
  try {
    return use(db)
  } catch (error) {
    db.close()
    if (!(error instanceof Database.SqliteError)) throw error
    throw unusable(db.name, error)
  }
}

function unusable(path: string, error: Error): StartError {
  return new StartError({ code: 'unusable-database', path, reason: error.message }, { cause: error })
}

function migrate(db: Db, folder: string): void {
  const files = migrationFiles(folder)
  const version = knownVersion(db, files.length)
  if (version === files.length) return
  if (version > 0) copyTo(db, `${db.name}.before-${files.length}`)
  // Rebuilding a parent table while foreign keys act deletes its children: off around the run, checked at its end.
  db.pragma('foreign_keys = OFF')
  db.transaction(() => {
    for (const file of files.slice(version)) db.exec(readFileSync(`${folder}/${file}`, 'utf8'))
    const broken = db.pragma('foreign_key_check') as unknown[]
    if (broken.length > 0) throw new Error(`migrating ${db.name} would break ${broken.length} foreign keys`)
    db.pragma(`user_version = ${files.length}`)
  }).exclusive()
}

/** Throws a `StartError` where the database is a newer program's. */
function knownVersion(db: Db, known: number): number {
  const version = versionOf(db)
  if (version <= known) return version
  throw new StartError({ code: 'newer-database', path: db.name, version, known })
}

/** Whole or not at all; one from a migration that did not come to its end is replaced. */
function copyTo(db: Db, path: string): void {
  const part = `${path}.part`
  rmSync(part, { force: true })
  db.prepare('VACUUM INTO ?').run(part)
  renameSync(part, path)
}

function migrationFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}-.*\.sql$/u.test(name))
    .sort()
}
