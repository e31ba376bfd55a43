import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { StartError } from '../start-error.ts'
import { createAudit } from './audit.ts'
import { createChatData } from './chat-data.ts'
import { type Db, openDatabase, usable } from './database.ts'
import { createDeniedWords } from './denied-words.ts'
import { createInbox } from './inbox.ts'
import { createJobs } from './jobs.ts'
import { createLedger } from './ledger.ts'
import { createLinkCodes } from './link-codes.ts'
import { lockFolder } from './lock.ts'
import { createNotes } from './notes.ts'
import { createPeople } from './people.ts'
import { createPersonData } from './person-data.ts'
import { createPictures } from './pictures.ts'
import { createPosts } from './posts.ts'
import { createPrompts } from './prompts.ts'
import { createRules } from './rules.ts'
import { createSettings } from './settings.ts'
import { createSpeeds } from './speeds.ts'
import { createStars } from './stars.ts'
import { createStats } from './stats.ts'
import { createSwitches } from './switches.ts'
import { createVerdicts } from './verdicts.ts'

/** Below the data folder. */
export const DATABASE = 'zimagine.db'

export type Store = ReturnType<typeof createStore>

/** Every table over one open database. All calls are synchronous: between two of them nothing else happens. */
export function createStore(db: Db) {
  return {
    people: createPeople(db),
    settings: createSettings(db),
    linkCodes: createLinkCodes(db),
    jobs: createJobs(db),
    prompts: createPrompts(db),
    pictures: createPictures(db),
    stars: createStars(db),
    posts: createPosts(db),
    ledger: createLedger(db),
    rules: createRules(db),
    verdicts: createVerdicts(db),
    deniedWords: createDeniedWords(db),
    audit: createAudit(db),
    speeds: createSpeeds(db),
    switches: createSwitches(db),
    stats: createStats(db),
    personData: createPersonData(db),
    chatData: createChatData(db),
    inbox: createInbox(db),
    notes: createNotes(db),
    /** All or nothing. Inside another one it is part of that. */
    transaction: <T>(run: () => T): T => db.transaction(run).immediate(),
    close(): void {
      db.close()
    },
  }
}

/**
 * Takes the data folder for this process alone, and opens what is in it. Throws a `StartError` where another process has
 * it, or nobody may write it. `close` gives it back.
 */
export function openStore(dataDir: string): Store {
  const lock = takeFolder(dataDir)
  try {
    const store = usable(openDatabase(join(dataDir, DATABASE)), createStore)
    const close = () => {
      store.close()
      lock.release()
    }
    return { ...store, close }
  } catch (error) {
    lock.release()
    throw error
  }
}

function takeFolder(dataDir: string): { release(): void } {
  try {
    // Prompts and pictures are nobody else's on this machine.
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    return lockFolder(join(dataDir, 'lock'))
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error
    throw new StartError({ code: 'unusable-folder', path: dataDir, reason: error.message }, { cause: error })
  }
}
