import Database from 'better-sqlite3'
import { StartError } from '../start-error.ts'
import { openFile } from './database.ts'

/**
 * Takes the data folder for this process until `release`, or throws a `StartError`. The lock is the operating system's
 * own on an open file (SQLite's exclusive one): it goes with the process however that ends, so there is no stale lock.
 */
export function lockFolder(path: string): { release(): void } {
  const db = openFile(path, { timeout: 0 })
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
