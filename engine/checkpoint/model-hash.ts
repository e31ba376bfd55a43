import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { TOKENIZER_FILES } from '../prompt.ts'
import type { Checkpoint } from './checkpoint.ts'
import { PARTS, type PartName } from './found.ts'
import { ifThere, readTextFile } from './json-file.ts'

const SAMPLES = 16
const SAMPLE_BYTES = 4096
const HEX_DIGITS = 10

/**
 * Tells models of one name apart by their configuration, tokenizer and weights: of each file of weights its size and samples
 * spread evenly over it, so that gigabytes need not be read. Training or rounding changes nearly every byte; where the files lie
 * changes nothing.
 */
export async function modelHash(checkpoint: Pick<Checkpoint, 'config' | 'tokenizer' | PartName>): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(checkpoint.config))
  for (const name of Object.values(TOKENIZER_FILES))
    hash.update((await ifThere(readTextFile(join(checkpoint.tokenizer, name)))) ?? '')
  const files = new Set(PARTS.flatMap((part) => Array.from(checkpoint[part].values(), ({ file }) => file)))
  for (const path of files) {
    await using file = await open(path)
    const { size } = await file.stat()
    hash.update(`${size}`)
    for (let i = 0; i < SAMPLES; i++) {
      const position = Math.floor((Math.max(0, size - SAMPLE_BYTES) * i) / (SAMPLES - 1))
      const { buffer, bytesRead } = await file.read(new Uint8Array(SAMPLE_BYTES), { position })
      hash.update(buffer.subarray(0, bytesRead))
    }
  }
  return hash.digest('hex').slice(0, HEX_DIGITS)
}
