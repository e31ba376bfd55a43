import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'

export type Db = Database.Database

const MIGRATIONS = fileURLToPath(new URL('../../migrations/', import.meta.url))

/** The database was written by a newer program than this one: opening it could lose what we don't know of. */
export class NewerDatabaseError extends Error {
  override readonly name = 'NewerDatabaseError'
}

/**
 * Opens the database at `path` and brings it up to date. Migrations only go up, all in one transaction; a database that
 * holds something is copied to `PATH.before-VERSION` first. `PRAGMA user_version` counts the migrations that ran.
 */
export function openDatabase(path: string, migrations = MIGRATIONS): Db {
  const db = new Database(path)
  try {
    db.pragma('journal_mode = WAL')
    // An acknowledged job outlives a power cut, not only a killed process.
    db.pragma('synchronous = FULL')
    migrate(db, migrations)
    db.pragma('foreign_keys = ON')
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** For looking only: works beside a running service. */
export function openForReading(path: string): Db {
  const db = new Database(path, { readonly: true, fileMustExist: true })
  if (versionOf(db) !== migrationFiles(MIGRATIONS).length) {
    db.close()
    throw new Error(`${path} has another version than this program: start the service once to migrate it`)
  }
  return db
}

export function versionOf(db: Db): number {
  return db.pragma('user_version', { simple: true }) as number
}

function migrate(db: Db, folder: string): void {
  const files = migrationFiles(folder)
  const version = versionOf(db)
  if (version > files.length) {
    throw new NewerDatabaseError(
      `${db.name} is at version ${version}, this program knows ${files.length}: run the newer program, or restore a backup`,
    )
  }
  if (version === files.length) return
  if (version > 0) db.prepare('VACUUM INTO ?').run(`${db.name}.before-${files.length}`)
  // Rebuilding a parent table while foreign keys act deletes its children: off around the run, checked at its end.
  db.pragma('foreign_keys = OFF')
  db.transaction(() => {
    for (const file of files.slice(version)) db.exec(readFileSync(`${folder}/${file}`, 'utf8'))
    const broken = db.pragma('foreign_key_check') as unknown[]
    if (broken.length > 0) throw new Error(`migrating ${db.name} would break ${broken.length} foreign keys`)
    db.pragma(`user_version = ${files.length}`)
  }).exclusive()
}

function migrationFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}-.*\.sql$/u.test(name))
    .sort()
}
