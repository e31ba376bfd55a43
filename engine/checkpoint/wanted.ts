import { openEmbedding } from '../embedding.ts'
import { EngineError } from '../engine.ts'
import { buildTextEncoder } from '../graph/text-encoder.ts'
import { buildContext, buildDenoiser } from '../graph/transformer.ts'
import { buildVaeDecoder } from '../graph/vae.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { CheckpointConfig } from './config.ts'
import { FLOAT_TYPES, PACKED_TYPES, PARTS, type PartName, type TensorIndex } from './found.ts'
import type { StoredTensor } from './safetensors.ts'

/** The tensors that the engine asks a part for, and the shape that it expects of each. */
type WantedTensors = ReadonlyMap<string, readonly number[]>

/**
 * Asks the builders of the graphs themselves, so that there is no second list. Where a linear layer is stored packed
 * (prepare.ts), what is wanted is its bytes and its scales.
 */
export function wantedTensors(part: PartName, config: Partial<CheckpointConfig>, stored: TensorIndex): WantedTensors {
  // A tensor that is stored packed and cannot be unpacked stops the builder: then the plain one is what was expected.
  const hidden = new Set<string>()
  for (;;) {
    const wanted = new Recorder(stored, hidden)
    try {
      ask(part, config, wanted)
      return wanted.shapes
    } catch (error) {
      const { last } = wanted
      if (!(error instanceof EngineError) || hidden.has(last) || !stored.has(last)) throw error
      hidden.add(last)
    }
  }
}

/** Throws an `EngineError` `checkpoint-corrupt` where a tensor is missing or is not as its part asks for it. */
export function expectWanted(checkpoint: Pick<Checkpoint, 'config' | PartName>): void {
  for (const part of PARTS) ask(part, checkpoint.config, checkpoint[part])
}

function ask(part: PartName, { textEncoder, transformer, vae }: Partial<CheckpointConfig>, wanted: TensorIndex): void {
  switch (part) {
    case 'textEncoder':
      if (!textEncoder) return
      openEmbedding(wanted, textEncoder.vocab_size, textEncoder.hidden_size)
      buildTextEncoder(textEncoder, wanted)
      return
    case 'transformer':
      if (!transformer) return
      buildContext(transformer, wanted)
      buildDenoiser(transformer, wanted)
      return
    case 'vae':
      if (vae) buildVaeDecoder(vae, wanted)
      return
    default:
      part satisfies never
  }
}

/** An index that has whatever it is asked for, in the shape that is wanted, and takes note of it. */
class Recorder extends Map<string, StoredTensor> {
  readonly shapes = new Map<string, readonly number[]>()
  /** The name asked for last: where a builder throws, the tensor that it cannot use. */
  last = ''
  readonly #stored: TensorIndex
  readonly #hidden: ReadonlySet<string>

  constructor(stored: TensorIndex, hidden: ReadonlySet<string>) {
    super()
    this.#stored = stored
    this.#hidden = hidden
  }

  override get(name: string, wanted?: readonly number[]): StoredTensor | undefined {
    this.last = name
    const stored = this.#hidden.has(name) ? undefined : this.#stored.get(name)
    if (!wanted) return stored
    this.shapes.set(name, wanted)
    const isPacked = stored && PACKED_TYPES.includes(stored.dtype) && wanted.length === stored.shape.length
    const dtype = isPacked || (stored && FLOAT_TYPES.includes(stored.dtype)) ? stored.dtype : 'F32'
    return { dtype, shape: wanted, file: '/', offset: 0, length: 0 }
  }
}
