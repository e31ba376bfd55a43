import { join } from 'node:path'
import { digestOfFile } from './digest.ts'
import type { Fault } from './fault.ts'
import type { Watch } from './get-model.ts'
import { recipeIn } from './recipe.ts'
import { readSource } from './source.ts'

/**
 * Holds the files of a fetched model against the hashes they had at the hub, and the weights of a prepared one against those
 * they had when they were written: a bit that turned over in a weight leaves a number, which nothing else can tell from a
 * right one. Of a model from elsewhere nothing is known, and nothing found.
 */
export async function compareWithSource(folder: string, { signal, onProgress }: Watch): Promise<readonly Fault[]> {
  const files = (await readSource(folder))?.files ?? (await recipeIn(folder))?.written ?? []
  const totalBytes = files.reduce((total, { bytes }) => total + bytes, 0)
  const faults: Fault[] = []
  let doneBytes = 0
  for (const { path, bytes, hash } of files) {
    const file = join(folder, path)
    try {
      const got = await digestOfFile(file, hash.kind, bytes, (more) => {
        signal.throwIfAborted()
        doneBytes += more
        onProgress({ doneBytes, totalBytes, what: path })
      })
      if (got !== hash.hex)
        faults.push({
          code: 'checkpoint-corrupt',
          message: `${file}: expected the ${hash.kind} ${hash.hex}, got ${got}`,
        })
    } catch (error) {
      signal.throwIfAborted()
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      faults.push({ code: 'checkpoint-missing', message: `expected a file at ${file}, found none` })
    }
  }
  return faults
}
