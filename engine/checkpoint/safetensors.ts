import { open, realpath } from 'node:fs/promises'
import { EngineError } from '../engine.ts'
import { expectNone, type Fault, unreadable } from './fault.ts'

/** The format's types of numbers that we know, and how many bytes one takes. */
export const DTYPE_BYTES = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const
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

/** The header of a file: its tensors, and what is wrong with some of them. */
interface SafetensorsHeader {
  /** Those whose entry can be read at all; their bytes may lie beyond the end of the file, which then is a fault. */
  readonly tensors: ReadonlyMap<string, StoredTensor>
  readonly faults: readonly Fault[]
}

/** What stands before the header: its length. */
export const HEADER_LENGTH_BYTES = 8
// The format's own bound; a larger number means that the file is not safetensors at all.
const MAX_HEADER_BYTES = 100_000_000
// How Git LFS begins what it puts in place of a file that it has not fetched.
const LFS_POINTER = 'version '

/**
 * Reads the header of a safetensors file: 8 bytes of header length, a JSON header, then the raw tensors. No tensor data
 * is read. Throws an `EngineError` `checkpoint-missing` or `checkpoint-corrupt`, which names the file and what was expected.
 */
export async function readSafetensorsHeader(path: string): Promise<ReadonlyMap<string, StoredTensor>> {
  const { tensors, faults } = await inspectSafetensors(path)
  expectNone(faults)
  return tensors
}

/** The same, but faults of single tensors are told, not thrown. Throws when there is no header to be read. */
export async function inspectSafetensors(path: string): Promise<SafetensorsHeader> {
  const refuse = (cause: NodeJS.ErrnoException) => {
    throw unreadable(path, 'a safetensors file', cause)
  }
  const file = await realpath(path).catch(refuse)
  await using handle = await open(file).catch(refuse)
  const corrupt = (what: string, kind?: 'lfs-pointer' | 'cut-off') =>
    new EngineError('checkpoint-corrupt', `${path}: ${what}`, { situation: kind && { kind, path } })
  const about = await handle.stat()
  if (!about.isFile()) throw corrupt('expected a safetensors file, got something else')
  const { size } = about
  const prefix = Buffer.alloc(HEADER_LENGTH_BYTES)
  const { bytesRead } = await handle.read(prefix, 0, HEADER_LENGTH_BYTES, 0)
  if (bytesRead < HEADER_LENGTH_BYTES)
    throw corrupt(`expected at least ${HEADER_LENGTH_BYTES} bytes, got ${bytesRead}`, 'cut-off')
  const headerLength = Number(prefix.readBigUInt64LE())
  if (prefix.toString('latin1') === LFS_POINTER)
    throw corrupt(
      'expected a safetensors file, got a Git LFS pointer to one: `git lfs pull` gets the file itself',
      'lfs-pointer',
    )
  if (headerLength > MAX_HEADER_BYTES) throw corrupt('expected a safetensors file, got something else')
  if (HEADER_LENGTH_BYTES + headerLength > size)
    throw corrupt(`expected a safetensors header of ${headerLength} bytes, the file has only ${size}`, 'cut-off')
  const header = Buffer.alloc(headerLength)
  await handle.read(header, 0, headerLength, HEADER_LENGTH_BYTES)
  return parseHeader(header.toString('utf8'), { path, file, dataStart: HEADER_LENGTH_BYTES + headerLength, size })
}

/** Reads one tensor's bytes. */
export async function readTensor(tensor: StoredTensor): Promise<Uint8Array<ArrayBuffer>> {
  await using handle = await open(tensor.file)
  const bytes = new Uint8Array(tensor.length)
  await handle.read(bytes, 0, tensor.length, tensor.offset)
  return bytes
}

interface HeaderContext {
  readonly path: string
  readonly file: string
  readonly dataStart: number
  readonly size: number
}

function parseHeader(json: string, { path, file, dataStart, size }: HeaderContext): SafetensorsHeader {
  let entries: unknown
  try {
    entries = JSON.parse(json)
  } catch {
    entries = undefined
  }
  if (typeof entries !== 'object' || entries === null || Array.isArray(entries))
    throw new EngineError('checkpoint-corrupt', `${path}: expected a JSON header, got something else`)
  const tensors = new Map<string, StoredTensor>()
  const faults: Fault[] = []
  for (const [name, entry] of Object.entries(entries)) {
    if (name === '__metadata__') continue
    const { dtype, shape, data_offsets } = (entry ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown }
    const corrupt = (what: string, kind?: 'cut-off') =>
      faults.push({
        code: 'checkpoint-corrupt',
        message: `${path}: ${what}`,
        situation: kind && { kind, path },
        tensor: name,
      })
    if (!isDtype(dtype)) {
      corrupt(`${name}: expected a dtype among ${Object.keys(DTYPE_BYTES)}, got ${dtype}`)
      continue
    }
    if (!isIntegers(shape) || !isIntegers(data_offsets) || data_offsets.length !== 2) {
      corrupt(`${name}: expected a shape and two offsets`)
      continue
    }
    const [begin, end] = data_offsets as [number, number]
    const expected = shape.reduce((a, b) => a * b, DTYPE_BYTES[dtype])
    if (end - begin !== expected)
      corrupt(`${name}: expected ${expected} bytes for ${dtype} [${shape}], got ${end - begin}`)
    else if (dataStart + end > size)
      corrupt(`truncated: ${name} ends at byte ${dataStart + end}, the file has only ${size}`, 'cut-off')
    tensors.set(name, { dtype, shape, file, offset: dataStart + begin, length: expected })
  }
  return { tensors, faults: [...faults, ...overlaps(path, tensors)] }
}

/** No byte belongs to two tensors. */
function overlaps(path: string, tensors: ReadonlyMap<string, StoredTensor>): Fault[] {
  const inOrder = [...tensors].toSorted(([, a], [, b]) => a.offset - b.offset)
  let end = 0
  let last = ''
  return inOrder.flatMap(([name, { offset, length }]) => {
    const isOverlap = length > 0 && offset < end
    const message = `${path}: ${name}: expected bytes of its own, they begin inside those of ${last}`
    if (offset + length > end) {
      end = offset + length
      last = name
    }
    return isOverlap ? [{ code: 'checkpoint-corrupt' as const, message, tensor: name }] : []
  })
}

function isDtype(value: unknown): value is Dtype {
  return typeof value === 'string' && Object.hasOwn(DTYPE_BYTES, value)
}

function isIntegers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0)
}
