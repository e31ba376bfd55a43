import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/** In a fetched folder: where it comes from, and what each of its files must be. */
export const SOURCE_FILE = 'source.json'

/** A file by its path below the model's folder, and what it must be. */
export const fileSchema = z.object({
  path: z.string(),
  bytes: z.int().nonnegative(),
  hash: z.object({ kind: z.enum(['sha256', 'git-sha1']), hex: z.string() }),
})

const sourceSchema = z.object({
  repo: z.string(),
  revision: z.string(),
  commit: z.string(),
  files: z.array(fileSchema),
})
type Source = z.infer<typeof sourceSchema>

/** Undefined: the folder is not there, or was not fetched by us. */
export async function readSource(folder: string): Promise<Source | undefined> {
  const text = await readFile(join(folder, SOURCE_FILE), 'utf8').catch(() => undefined)
  try {
    return text === undefined ? undefined : sourceSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** The file is there whole or as it was. */
export async function writeSource(folder: string, source: Source): Promise<void> {
  const path = join(folder, SOURCE_FILE)
  await writeFile(`${path}.new`, `${JSON.stringify(source, undefined, 2)}\n`, { flush: true })
  await rename(`${path}.new`, path)
}
