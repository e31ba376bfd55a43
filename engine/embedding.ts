import { open } from 'node:fs/promises'
import { unlike } from './checkpoint/fault.ts'
import { toFloat32 } from './checkpoint/floats.ts'
import { FLOAT_TYPES, type TensorIndex } from './checkpoint/found.ts'
import type { StoredTensor } from './checkpoint/safetensors.ts'
import { readWhole } from './checkpoint/whole.ts'
import { EngineError } from './engine.ts'

export const EMBEDDING_TENSOR = 'embed_tokens.weight'

/** Token ids → their rows of the table, [tokens, width]. */
export type Embedding = (ids: readonly number[]) => Promise<Float32Array>

/**
 * Looks rows up in the embedding table where it lies in its file. A prompt needs a few hundred kilobytes of a table of
 * almost a gigabyte, so it is neither loaded nor part of a graph. Throws an `EngineError` `checkpoint-corrupt`.
 */
export function openEmbedding(tensors: TensorIndex, vocabulary: number, width: number): Embedding {
  const table = tensors.get(EMBEDDING_TENSOR, [vocabulary, width])
  const refuse = (expected: string, got: string) => unlike(EMBEDDING_TENSOR, expected, got, table, 'text_encoder')
  if (String(table?.shape) !== String([vocabulary, width]))
    throw refuse(`shape [${vocabulary},${width}]`, table ? `[${table.shape}]` : 'none')
  const { file, offset, length, dtype } = table as StoredTensor
  if (!FLOAT_TYPES.includes(dtype)) throw refuse(FLOAT_TYPES.join(', '), dtype)
  const rowBytes = length / vocabulary

  return async (ids) => {
    const stray = ids.find((id) => !isRow(id, vocabulary))
    if (stray !== undefined)
      throw new EngineError(
        'checkpoint-corrupt',
        `expected token ids below the text encoder's vocab_size ${vocabulary}, the tokenizer gave ${stray}`,
      )
    const rows = new Uint8Array(ids.length * rowBytes)
    await using handle = await open(file)
    try {
      for (const [i, id] of ids.entries())
        await readWhole(handle, rows.subarray(i * rowBytes, (i + 1) * rowBytes), offset + id * rowBytes)
    } catch (cause) {
      throw new EngineError('checkpoint-corrupt', `${file}: ${(cause as Error).message}`, { cause })
    }
    return toFloat32(rows, dtype, EMBEDDING_TENSOR)
  }
}

/** Whether the table has a row for this id. */
export function isRow(id: unknown, vocabulary: number): boolean {
  return Number.isInteger(id) && (id as number) >= 0 && (id as number) < vocabulary
}
