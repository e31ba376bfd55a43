import { open } from 'node:fs/promises'
import { fromFloat32, toFloat32 } from './floats.ts'
import { packRows, packWholeRows } from './pack.ts'
import type { StoredTensor } from './safetensors.ts'
import type { Treatment } from './treatment.ts'
import { readWhole } from './whole.ts'

/** Some bytes of the tensor whose name is the old one and `suffix`, and where in it they belong. */
interface Piece {
  readonly suffix: '' | '_scales'
  readonly bytes: Uint8Array
  readonly offset: number
}

// Bounds the memory: a piece is read, widened to float32, and rounded.
const PIECE_NUMBERS = 4_000_000

/** Reads a tensor some rows at a time and gives what becomes of it. Throws an `EngineError` `checkpoint-corrupt`. */
export async function* convertTensor(name: string, tensor: StoredTensor, treatment: Treatment): AsyncGenerator<Piece> {
  const numbers = tensor.shape.reduce((a, b) => a * b, 1)
  const [rows = 1] = tensor.shape
  const rowBytes = tensor.length / rows
  const rowsAtOnce = Math.max(1, Math.floor(PIECE_NUMBERS / (numbers / rows)))
  const written = { '': 0, _scales: 0 }
  const piece = (suffix: Piece['suffix'], bytes: Uint8Array): Piece => {
    const offset = written[suffix]
    written[suffix] += bytes.length
    return { suffix, bytes, offset }
  }
  await using handle = await open(tensor.file)
  for (let row = 0; row < rows; row += rowsAtOnce) {
    const bytes = new Uint8Array(Math.min(rowsAtOnce, rows - row) * rowBytes)
    await readWhole(handle, bytes, tensor.offset + row * rowBytes)
    if (treatment.kind === 'kept') {
      yield piece('', bytes)
      continue
    }
    const values = toFloat32(bytes, tensor.dtype, name)
    if (treatment.divisor !== 1)
      for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) / treatment.divisor
    if (treatment.kind === 'float') {
      yield piece('', fromFloat32(values, treatment.dtype))
      continue
    }
    const inSize = numbers / rows
    const { packed, scales } =
      treatment.kind === 'rows' ? packWholeRows(values, inSize) : packRows(values, inSize, treatment.packing)
    yield piece('', packed)
    yield piece('_scales', new Uint8Array(scales.buffer))
  }
}
