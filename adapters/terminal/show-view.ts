import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { MessageRef, Text, View } from '../../src/chat.ts'
import type { createChoices } from './choices.ts'
import { inked } from './ink.ts'
import { preview, previewKind } from './preview.ts'
import type { Screen } from './screen.ts'
import type { TerminalWords } from './words.ts'

export interface ShowDeps {
  readonly screen: Screen
  readonly choices: ReturnType<typeof createChoices>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly dataDir: string
  readonly words: TerminalWords
}

/** Prints a view as a chat does: text, pictures with their paths, files, numbered choices. */
export async function showView(deps: ShowDeps, view: View, message: MessageRef): Promise<void> {
  const { screen, choices, env, dataDir, words } = deps
  const kind = previewKind(env, screen.live)
  const parts = [inked(view.text, screen.live && !env.NO_COLOR)]
  for (const picture of view.pictures ?? []) {
    const path = resolve(dataDir, picture.path)
    parts.push(await preview(path, kind, screen.columns, env), `→ ${path}`)
  }
  for (const file of view.files ?? []) {
    const path = resolve(dataDir, 'files', file.name)
    await mkdir(join(dataDir, 'files'), { recursive: true })
    await writeFile(path, file.content)
    parts.push(`${words.savedFile} ${path}`)
  }
  parts.push(...choices.lines(view.buttons ?? [], message))
  screen.print(parts.filter((part) => part !== '').join('\n'))
}

/** The last line of a view: how far it is. */
export function statusLine(text: Text): string {
  return inked(text, false).split('\n').at(-1)!
}
