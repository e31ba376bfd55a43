import { closeSync, openSync } from 'node:fs'
import Database from 'better-sqlite3'
import { StartError } from '../start-error.ts'

/**
 * Takes the data folder for this process until `release`, or throws a `StartError`. The lock is the operating system's
 * own on an open file (SQLite's exclusive one): it goes with the process however that ends, so there is no stale lock.
 */
export function lockFolder(path: string): { release(): void } {
  const db = open(path)
  try {
    // In a file it would need room, and a full disk is what people come to mend.
    db.pragma('journal_mode = MEMORY')
    db.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    if (!(error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY'))) throw error
    throw new StartError({ code: 'locked', path }, { cause: error })
  }
  return { release: () => void db.close() }
}

function open(path: string): Database.Database {
  try {
    return new Database(path, { timeout: 0 })
  } catch (error) {
    // SQLite says that it can't be opened, the operating system also why. Not before: closing a file lets go of its locks.
    closeSync(openSync(path, 'a'))
    throw error
  }
}
