import { open } from 'node:fs/promises'
import { DTYPE_BYTES, type Dtype, HEADER_LENGTH_BYTES } from './safetensors.ts'
import { writeWhole } from './whole.ts'

/** A tensor that is to be written. */
export interface NewTensor {
  readonly name: string
  readonly dtype: Dtype
  readonly shape: readonly number[]
}

/** A safetensors file whose header stands and whose tensors are being filled in, in any order. */
export interface SafetensorsFile {
  /** Writes `bytes` at `offset` of the tensor. */
  write(name: string, bytes: Uint8Array, offset: number): Promise<void>
  /** Resolves when all that was written is on the disk. */
  sync(): Promise<void>
  close(): Promise<void>
}

// Tensors begin on a cache line, so the runtime may use them where they are mapped.
const ALIGNMENT_BYTES = 64

/** How many bytes a tensor's numbers take. */
export function byteLength({ dtype, shape }: NewTensor): number {
  return shape.reduce((a, b) => a * b, DTYPE_BYTES[dtype])
}

/**
 * Creates the file, or opens the one that an earlier run left: the same tensors lie at the same places, wide types first, so
 * that every number is aligned.
 */
export async function createSafetensors(path: string, tensors: readonly NewTensor[]): Promise<SafetensorsFile> {
  const ordered = tensors.toSorted((a, b) => DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype])
  let end = 0
  const entries = ordered.map(({ name, dtype, shape }) => {
    const begin = end
    end += byteLength({ name, dtype, shape })
    return [name, { dtype, shape, data_offsets: [begin, end] }] as const
  })
  const places = new Map(entries.map(([name, { data_offsets }]) => [name, data_offsets[0] as number]))
  const header = frame(JSON.stringify({ __metadata__: { format: 'pt' }, ...Object.fromEntries(entries) }))
  const handle = await open(path, 'r+').catch(() => open(path, 'w+'))
  try {
    await writeWhole(handle, header, 0)
    await handle.truncate(header.length + end)
  } catch (error) {
    await handle.close()
    throw error
  }
  return {
    async write(name, bytes, offset) {
      const place = places.get(name)
      if (place === undefined) throw new RangeError(`expected a tensor of ${path}, got ${name}`)
      await writeWhole(handle, bytes, header.length + place + offset)
    },
    sync: () => handle.datasync(),
    close: () => handle.close(),
  }
}

/** The header with its length before it, padded with spaces. */
function frame(json: string): Buffer {
  const text = Buffer.from(json)
  const length = Math.ceil((HEADER_LENGTH_BYTES + text.length) / ALIGNMENT_BYTES) * ALIGNMENT_BYTES
  const framed = Buffer.alloc(length, ' ')
  framed.writeBigUInt64LE(BigInt(length - HEADER_LENGTH_BYTES), 0)
  text.copy(framed, HEADER_LENGTH_BYTES)
  return framed
}
