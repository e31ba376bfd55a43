import { statSync } from 'node:fs'
import { join } from 'node:path'
import { doctorWords } from './messages/doctor.ts'
import type { Language } from './messages/language.ts'
import { openForReading } from './store/database.ts'
import { type CheckedInvariant, checked, checkInvariants, lookedAt, pictureFiles } from './store/invariants.ts'
import { DATABASE } from './store/store.ts'

/**
 * `npm start -- doctor`: checks every invariant of the data folder, also beside a running service, and says what it
 * found. True: all hold.
 */
export function runDoctor(dataDir: string, say: (line: string) => void, language: Language = 'en'): boolean {
  const words = doctorWords[language]
  const path = join(dataDir, DATABASE)
  // Not `existsSync`: what may not be looked at is not nothing.
  if (!statSync(path, { throwIfNoEntry: false })) {
    say(words.nothing(path))
    return true
  }
  let [all, bad] = [0, 0]
  for (const { invariant, broken, count } of examine(dataDir, path)) {
    all++
    if (count > 0) bad++
    say(
      count === 0
        ? `${words.ok} ${words.invariants[invariant]}`
        : `${words.broken} ${words.invariants[invariant]}: ${broken.join(', ')}${count > broken.length ? `, … (${count})` : ''}`,
    )
  }
  say(bad === 0 ? words.holds(all) : words.breaks(all, bad))
  return bad === 0
}

function* examine(dataDir: string, path: string): Generator<CheckedInvariant> {
  const db = openForReading(path)
  const missing = () =>
    lookedAt(() =>
      pictureFiles(db)
        .filter((file) => statSync(join(dataDir, file.path), { throwIfNoEntry: false })?.size !== file.bytes)
        .map((file) => file.path),
    )
  try {
    const before = new Set(missing())
    yield* checkInvariants(db)
    // A running service may have deleted one between the look at the rows and that at the disk: it is in no row by now.
    yield checked('picture-files', before.size === 0 ? [] : missing().filter((file) => before.has(file)))
  } finally {
    db.close()
  }
}
