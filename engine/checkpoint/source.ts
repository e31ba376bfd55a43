import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { readJsonFile } from './json-file.ts'

/** In a fetched folder: where it comes from, and what each of its files must be. */
export const SOURCE_FILE = 'source.json'

/** A file, and what it must be. */
export const fileSchema = z.object({
  /** Below the model's folder, or the repository's root. */
  path: z.string(),
  bytes: z.int().nonnegative(),
  /** Of a content: the hub knows the SHA-256 of large files, and of others the name that git has for them. */
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
  return sourceSchema.safeParse(await readJsonFile(join(folder, SOURCE_FILE)).catch(() => undefined)).data
}

/** The file is there whole or as it was. */
export async function writeSource(folder: string, source: Source): Promise<void> {
  const path = join(folder, SOURCE_FILE)
  await writeFile(`${path}.new`, `${JSON.stringify(source, undefined, 2)}\n`, { flush: true })
  await rename(`${path}.new`, path)
}
