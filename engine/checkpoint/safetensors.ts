import { open, realpath } from 'node:fs/promises'
import { EngineError } from '../engine.ts'

export const DTYPE_BYTES = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1 } as const
export type Dtype = keyof typeof DTYPE_BYTES

/** A tensor where it lies: `length` bytes at `offset` of `file`, row-major, little-endian. */
export interface StoredTensor {
  readonly dtype: Dtype
  readonly shape: readonly number[]
  /** Real path: no symbolic links, because onnxruntime refuses those that leave the model's folder. */
  readonly file: string
  readonly offset: number
  readonly length: number
}

const HEADER_LENGTH_BYTES = 8
// The format's own bound; a larger number means that the file is not safetensors at all.
const MAX_HEADER_BYTES = 100_000_000

/**
 * Reads the header of a safetensors file: 8 bytes of header length, a JSON header, then the raw tensors. No tensor data
 * is read. Throws an `EngineError` `checkpoint-missing` or `checkpoint-corrupt`, which names the file and what was expected.
 */
export async function readSafetensorsHeader(path: string): Promise<ReadonlyMap<string, StoredTensor>> {
  const file = await realpath(path).catch((cause) => {
    throw new EngineError('checkpoint-missing', `expected a safetensors file at ${path}, found none`, { cause })
  })
  const corrupt = (what: string) => new EngineError('checkpoint-corrupt', `${path}: ${what}`)
  const handle = await open(file)
  try {
    const { size } = await handle.stat()
    const prefix = Buffer.alloc(HEADER_LENGTH_BYTES)
    const { bytesRead } = await handle.read(prefix, 0, HEADER_LENGTH_BYTES, 0)
    if (bytesRead < HEADER_LENGTH_BYTES)
      throw corrupt(`expected at least ${HEADER_LENGTH_BYTES} bytes, got ${bytesRead}`)
    const headerLength = Number(prefix.readBigUInt64LE())
    if (headerLength > MAX_HEADER_BYTES || HEADER_LENGTH_BYTES + headerLength > size)
      throw corrupt(`expected a safetensors header of ${headerLength} bytes, the file has only ${size}`)
    const header = Buffer.alloc(headerLength)
    await handle.read(header, 0, headerLength, HEADER_LENGTH_BYTES)
    return parseHeader(header.toString('utf8'), { file, dataStart: HEADER_LENGTH_BYTES + headerLength, size, corrupt })
  } finally {
    await handle.close()
  }
}

/** Reads one tensor's bytes. */
export async function readTensor(tensor: StoredTensor): Promise<Uint8Array<ArrayBuffer>> {
  const handle = await open(tensor.file)
  try {
    const bytes = new Uint8Array(tensor.length)
    await handle.read(bytes, 0, tensor.length, tensor.offset)
    return bytes
  } finally {
    await handle.close()
  }
}

interface HeaderContext {
  readonly file: string
  readonly dataStart: number
  readonly size: number
  readonly corrupt: (what: string) => EngineError
}

function parseHeader(json: string, { file, dataStart, size, corrupt }: HeaderContext): Map<string, StoredTensor> {
  let entries: Record<string, { dtype?: unknown; shape?: unknown; data_offsets?: unknown }>
  try {
    entries = JSON.parse(json)
  } catch {
    throw corrupt('expected a JSON header, got something else')
  }
  const tensors = new Map<string, StoredTensor>()
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(entries)) {
    if (name === '__metadata__') continue
    if (!isDtype(dtype)) throw corrupt(`${name}: expected a dtype among ${Object.keys(DTYPE_BYTES)}, got ${dtype}`)
    if (!isIntegers(shape) || !isIntegers(data_offsets) || data_offsets.length !== 2)
      throw corrupt(`${name}: expected a shape and two offsets`)
    const [begin, end] = data_offsets as [number, number]
    const expected = shape.reduce((a, b) => a * b, DTYPE_BYTES[dtype])
    if (end - begin !== expected)
      throw corrupt(`${name}: expected ${expected} bytes for ${dtype} [${shape}], got ${end - begin}`)
    if (dataStart + end > size)
      throw corrupt(`truncated: ${name} ends at byte ${dataStart + end}, the file has only ${size}`)
    tensors.set(name, { dtype, shape, file, offset: dataStart + begin, length: expected })
  }
  return tensors
}

function isDtype(value: unknown): value is Dtype {
  return typeof value === 'string' && value in DTYPE_BYTES
}

function isIntegers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0)
}
