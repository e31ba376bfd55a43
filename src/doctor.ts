import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { openForReading } from './store/database.ts'
import { checkInvariants, type Finding, pictureFiles } from './store/invariants.ts'
import { DATABASE } from './store/store.ts'

/**
 * `npm start -- doctor`: checks every invariant of the data folder, also beside a running service, and says what it
 * found. True: all hold.
 */
export function runDoctor(dataDir: string, say: (line: string) => void): boolean {
  const path = join(dataDir, DATABASE)
  if (!existsSync(path)) {
    say(`nothing to check: ${path} is not there yet`)
    return true
  }
  const findings = examine(dataDir, path)
  for (const { rule, broken, count } of findings) {
    say(
      count === 0
        ? `ok      ${rule}`
        : `BROKEN  ${rule}: ${broken.join(', ')}${count > broken.length ? `, … (${count})` : ''}`,
    )
  }
  const bad = findings.filter(({ count }) => count > 0).length
  say(bad === 0 ? `all ${findings.length} invariants hold` : `${bad} of ${findings.length} invariants are broken`)
  return bad === 0
}

function examine(dataDir: string, path: string): Finding[] {
  const db = openForReading(path)
  try {
    const missing = pictureFiles(db)
      .filter((file) => statSync(join(dataDir, file.path), { throwIfNoEntry: false })?.size !== file.bytes)
      .map((file) => file.path)
    const files = { rule: 'every picture file is there, whole', broken: missing.slice(0, 5), count: missing.length }
    return [...checkInvariants(db), files]
  } finally {
    db.close()
  }
}
