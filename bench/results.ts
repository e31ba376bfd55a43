import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where benches leave what they measured. Git ignores it. */
export const RESULTS = join(import.meta.dirname, 'results')

/** Writes bench/results/NAME.json over the one of the last run. */
export async function writeResults(name: string, results: unknown): Promise<void> {
  await mkdir(RESULTS, { recursive: true })
  await writeFile(join(RESULTS, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`)
}
