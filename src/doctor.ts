import { statSync } from 'node:fs'
import { join } from 'node:path'
import { doctorWords } from './messages/doctor.ts'
import type { Language } from './messages/messages.ts'
import { openForReading } from './store/database.ts'
import { checkInvariants, type Finding, finding, pictureFiles } from './store/invariants.ts'
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
  const findings = examine(dataDir, path)
  for (const { rule, broken, count } of findings) {
    say(
      count === 0
        ? `${words.ok} ${words.rules[rule]}`
        : `${words.broken} ${words.rules[rule]}: ${broken.join(', ')}${count > broken.length ? `, … (${count})` : ''}`,
    )
  }
  const bad = findings.filter(({ count }) => count > 0).length
  say(bad === 0 ? words.holds(findings.length) : words.breaks(findings.length, bad))
  return bad === 0
}

function examine(dataDir: string, path: string): Finding[] {
  const db = openForReading(path)
  try {
    const missing = pictureFiles(db)
      .filter((file) => statSync(join(dataDir, file.path), { throwIfNoEntry: false })?.size !== file.bytes)
      .map((file) => file.path)
    return [...checkInvariants(db), finding('picture-files', missing)]
  } finally {
    db.close()
  }
}
