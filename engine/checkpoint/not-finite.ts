import { open } from 'node:fs/promises'
import type { Dtype, StoredTensor } from './safetensors.ts'
import { readWhole } from './whole.ts'

/** So much of a file is in memory at a time. */
const CHUNK_BYTES = 4 * 1024 * 1024

/** A number whose exponent is all ones is infinite or not a number. */
const EXPONENT: Partial<Record<Dtype, number>> = { F32: 0x7f800000, F16: 0x7c00, BF16: 0x7f80 }

/** How many of a tensor's numbers are infinite or none at all; 0 where its type has no such numbers. */
export async function countNotFinite(
  tensor: StoredTensor,
  { signal, onBytes }: { readonly signal?: AbortSignal; readonly onBytes?: (bytes: number) => void } = {},
): Promise<number> {
  const mask = EXPONENT[tensor.dtype]
  if (mask === undefined) {
    onBytes?.(tensor.length)
    return 0
  }
  const chunk = new ArrayBuffer(Math.min(CHUNK_BYTES, tensor.length))
  await using handle = await open(tensor.file)
  let count = 0
  for (let done = 0; done < tensor.length; ) {
    signal?.throwIfAborted()
    const wanted = Math.min(chunk.byteLength, tensor.length - done)
    await readWhole(handle, new Uint8Array(chunk, 0, wanted), tensor.offset + done)
    const numbers = tensor.dtype === 'F32' ? new Int32Array(chunk, 0, wanted / 4) : new Int16Array(chunk, 0, wanted / 2)
    count += countMasked(numbers, mask)
    done += wanted
    onBytes?.(wanted)
  }
  return count
}

/** An indexed loop: an iterator takes several times as long, and there are billions. */
function countMasked(numbers: Int32Array | Int16Array, mask: number): number {
  let count = 0
  for (let i = 0; i < numbers.length; i++) if (((numbers[i] as number) & mask) === mask) count++
  return count
}
