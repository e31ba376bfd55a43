import { createHash } from 'node:crypto'
import { fromFloat32, toFloat32 } from '../engine/checkpoint/floats.ts'
import { DTYPE_BYTES } from '../engine/checkpoint/safetensors.ts'
import { createSafetensors, type NewTensor } from '../engine/checkpoint/safetensors-file.ts'
import { randn } from '../engine/noise.ts'

export type WeightDtype = 'BF16' | 'F32'

export interface RandomTensor extends NewTensor {
  readonly dtype: WeightDtype
}

/** Every tensor is pieced together from this many normal numbers: few enough to make in a second. */
const POOL = 2 ** 21
/** A piece begins anywhere in the first half of the pool, so no two tensors, and no two parts of one, are alike. */
const PIECE = POOL / 2

/**
 * Makes the writer of random weights for a seed. Linear and convolution weights are normal with the variance that keeps
 * activations of order one, biases 0, norms 1; all are bfloat16 numbers, so `F32` holds the same weights as `BF16`.
 * Memory: the pool, and a copy of it for each scale that occurs (some ten: 100 MB).
 */
export function createWeightWriter(seed: number) {
  const pool = randn(POOL, seed)
  const scaled = new Map<string, Uint8Array>()

  function piecesOf(dtype: WeightDtype, deviation: number): Uint8Array {
    const key = `${dtype} ${deviation}`
    let bytes = scaled.get(key)
    if (!bytes) {
      bytes = encode(pool, dtype, deviation)
      scaled.set(key, bytes)
    }
    return bytes
  }

  return {
    /** Writes a safetensors file. `onWritten` gets the bytes that were added. */
    async write(path: string, tensors: readonly RandomTensor[], onWritten: (bytes: number) => void): Promise<void> {
      const file = await createSafetensors(path, tensors)
      try {
        for (const tensor of tensors) {
          const { constant, deviation } = distribution(tensor)
          const size = DTYPE_BYTES[tensor.dtype]
          const total = tensor.shape.reduce((a, b) => a * b, 1)
          for (let done = 0; done < total; done += PIECE) {
            const count = Math.min(total - done, PIECE)
            const start = place(seed, tensor.name, done)
            const bytes =
              constant === undefined
                ? piecesOf(tensor.dtype, deviation).subarray(start * size, (start + count) * size)
                : encode(new Float32Array(count).fill(constant), tensor.dtype, 1)
            await file.write(tensor.name, bytes, done * size)
            onWritten(count * size)
          }
        }
      } finally {
        await file.close()
      }
    },
  }
}

function distribution({ name, shape }: RandomTensor): { constant?: number; deviation: number } {
  if (name.endsWith('.bias')) return { constant: 0, deviation: 0 }
  if (shape.length === 1) return { constant: 1, deviation: 0 } // a norm
  if (/(pad_token|embed_tokens\.weight)$/.test(name)) return { deviation: 1 }
  const fanIn = shape.slice(1).reduce((a, b) => a * b, 1)
  // The VAE's last convolution: half as much, so that few pixels leave the range of a picture.
  return { deviation: (name.endsWith('conv_out.weight') ? 0.5 : 1) / Math.sqrt(fanIn) }
}

/** Where in the pool the piece begins that a tensor has from its number `done` on. */
function place(seed: number, name: string, done: number): number {
  return createHash('sha256').update(`${seed} ${name} ${done}`).digest().readUInt32LE() % PIECE
}

/** Numbers times `deviation`, rounded to bfloat16, and stored so or as float32. */
function encode(values: Float32Array, dtype: WeightDtype, deviation: number): Uint8Array {
  const scaled = new Float32Array(values.length)
  for (let i = 0; i < scaled.length; i++) scaled[i] = (values[i] as number) * deviation
  const rounded = fromFloat32(scaled, 'BF16')
  return dtype === 'BF16' ? rounded : fromFloat32(toFloat32(rounded, 'BF16', 'pool'), dtype)
}
