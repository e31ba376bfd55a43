import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { Writable } from 'node:stream'
import type { Seen } from '../conversation.ts'

interface Sheet extends Seen {
  readonly choices: ReadonlyMap<string, number>
}

/** What a terminal printed, a sheet for each thing it said. Whoever waits for one is told as it is printed. */
export function createPaper() {
  const sheets: Sheet[] = []
  const looks = new Set<() => void>()
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      sheets.push(read(chunk.toString(), sheets.length))
      for (const look of [...looks]) look()
      done()
    },
  })
  return Object.assign(stream, {
    newest: (wanted: (sheet: Seen) => boolean): Promise<Seen> =>
      new Promise((resolve) => {
        const look = () => {
          const found = sheets.findLast(wanted)
          if (!found) return
          looks.delete(look)
          resolve(found)
        }
        looks.add(look)
        look()
      }),
    /** The number to type for a button of this sheet; undefined where it was printed elsewhere. */
    choice(id: string, wanted: (button: string) => boolean): number | undefined {
      const label = sheets.find((sheet) => sheet.id === id)?.buttons.find(wanted)
      return label === undefined ? undefined : sheets.find((sheet) => sheet.id === id)?.choices.get(label)
    },
    all: () => sheets.map((sheet) => sheet.text).join('\n'),
  })
}

let papers = 0

function read(chunk: string, index: number): Sheet {
  const choices = new Map<string, number>()
  const text: string[] = []
  const pictures: Uint8Array[] = []
  const files: { name: string; content: Uint8Array }[] = []
  for (const line of chunk.trimEnd().split('\n')) {
    const picture = /^→ (.+)$/u.exec(line)?.[1]
    const file = /^Saved as (.+)$/u.exec(line)?.[1]
    if (picture) pictures.push(readFileSync(picture))
    else if (file) files.push({ name: basename(file), content: readFileSync(file) })
    else if (/^\[\d+\]/u.test(line)) {
      for (const [, number, label] of line.matchAll(/\[(\d+)\] (.+?)(?= {2}\[|$)/gu))
        choices.set(label!, Number(number))
    } else text.push(line)
  }
  const id = `${++papers}-${index}`
  return { id, text: text.join('\n'), buttons: [...choices.keys()], pictures, files, private: true, choices }
}
