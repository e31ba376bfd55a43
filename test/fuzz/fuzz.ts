import fc from 'fast-check'
import type { Incoming, View } from '../../src/chat.ts'
import { commands } from '../../src/commands/registry.ts'
import { en } from '../../src/messages/en.ts'
import { plain } from '../../src/messages/text.ts'
import { zh } from '../../src/messages/zh.ts'
import { anything } from './anything.ts'
import { openFuzzHouse, SECRET } from './house.ts'

const APOLOGIES = [en, zh].map(({ apology }) => plain(apology('')).slice(0, 12))

// Admins close the line and deny words for good: after so many tries it is another house.
const ROUND = 1000

export interface FuzzReport {
  /** How often each command was answered by which kind of view. */
  readonly answers: Readonly<Record<string, number>>
}

/**
 * Says anything to the door, `tries` times, and throws at the first that is not answered by exactly one view that has
 * something to say, is answered by an apology, or tells anybody but an admin what is Vera's. Then asks the doctor.
 */
export async function fuzz(tries: number, seed: number): Promise<FuzzReport> {
  const answers: Record<string, number> = {}
  for (let done = 0; done < tries; done += ROUND) {
    await round(Math.min(ROUND, tries - done), seed + done, answers)
  }
  return { answers }
}

async function round(tries: number, seed: number, answers: Record<string, number>): Promise<void> {
  const house = await openFuzzHouse()
  const property = fc.asyncProperty(anything, async (incoming) => {
    const kind = check(incoming, await house.say(incoming))
    answers[kind] = (answers[kind] ?? 0) + 1
    const { command, text = '', from } = incoming
    const found = house.complete(command, 'job', text, from)
    if (from.id !== 'olga' && JSON.stringify(found).includes(SECRET)) throw new Error('a suggestion told a secret')
  })
  // What came before is part of the case: a smaller one would be tried in another house.
  const result = await fc.check(property, { numRuns: tries, seed, endOnFailure: true })
  const sound = await house.close()
  if (result.failed) throw new Error(fc.defaultReportMessage(result))
  if (!sound) throw new Error('expected the data to be sound afterwards, npm start -- doctor says it is not')
}

function check({ from, command }: Incoming, views: readonly View[]): string {
  const [view] = views
  if (!view || views.length !== 1) throw new Error(`expected one answer, got ${views.length}`)
  const said = plain(view.text)
  if (said.trim() === '' && !view.form) throw new Error('expected words, got none')
  if (APOLOGIES.some((apology) => said.startsWith(apology))) throw new Error(`expected no fault, got: ${said}`)
  const all = JSON.stringify({ ...view, files: view.files?.map(({ content }) => Buffer.from(content).toString()) })
  if (from.id !== 'olga' && all.includes(SECRET)) throw new Error(`expected no secret, got: ${all}`)
  for (const button of view.buttons?.flat() ?? []) {
    if (Buffer.byteLength(button.id) > 64) throw new Error(`expected at most 64 bytes, got: ${button.id}`)
  }
  const known = commands.some(({ name }) => name === command) ? command : 'unknown'
  if (view.job !== undefined) return `${known} a picture`
  return `${known} ${view.form ? 'form' : (view.kind ?? 'message')}`
}
