import { EngineError } from '../engine.ts'
import type { Dtype } from './safetensors.ts'

export type FloatDtype = 'F32' | 'F16' | 'BF16'

/** Stored numbers as float32, exactly. `bytes` begins where a number may begin. Throws an `EngineError` `checkpoint-corrupt`. */
export function toFloat32(bytes: Uint8Array<ArrayBuffer>, dtype: Dtype, name: string): Float32Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = bytes
  switch (dtype) {
    case 'F32':
      return new Float32Array(buffer, byteOffset, byteLength / 4)
    case 'F16':
      return new Float32Array(new Float16Array(buffer, byteOffset, byteLength / 2))
    case 'BF16': {
      // A bfloat16 is the upper half of a float32.
      const halves = new Uint16Array(buffer, byteOffset, byteLength / 2)
      const whole = new Uint32Array(halves.length)
      for (let i = 0; i < halves.length; i++) whole[i] = (halves[i] as number) << 16
      return new Float32Array(whole.buffer)
    }
    default:
      throw new EngineError('checkpoint-corrupt', `${name}: expected F32, F16 or BF16, got ${dtype}`)
  }
}

/** Float32 numbers as they are stored, rounded to nearest. Those that float16 cannot hold become infinite. */
export function fromFloat32(values: Float32Array<ArrayBuffer>, dtype: FloatDtype): Uint8Array<ArrayBuffer> {
  switch (dtype) {
    case 'F32':
      return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    case 'F16':
      return new Uint8Array(new Float16Array(values).buffer)
    case 'BF16': {
      const whole = new Uint32Array(values.buffer, values.byteOffset, values.length)
      const halves = new Uint16Array(whole.length)
      for (let i = 0; i < whole.length; i++) {
        const bits = whole[i] as number
        // Ties go to the even neighbour. A NaN must not be carried over into an infinity.
        const isNan = (bits & 0x7fffffff) > 0x7f800000
        halves[i] = isNan ? (bits >>> 16) | 0x40 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16
      }
      return new Uint8Array(halves.buffer)
    }
    default:
      return dtype satisfies never
  }
}
