import type { Checkpoint } from './checkpoint.ts'
import { FLOAT_TYPES, type PartName } from './found.ts'
import type { StoredTensor } from './safetensors.ts'
import type { NewTensor } from './safetensors-file.ts'
import { type Precision, type Treatment, treat } from './treatment.ts'
import { wantedTensors } from './wanted.ts'

/** A tensor of the source, and what becomes of it. */
export interface Task {
  readonly name: string
  readonly tensor: StoredTensor
  readonly treatment: Treatment
}

/** What is to be done to prepare a part: its tensors in the order in which they are listed, without those that are left out. */
export function tasksOf(checkpoint: Checkpoint, part: PartName, precision: Precision): Task[] {
  const { transformer, textEncoder } = checkpoint.config
  const layers = part === 'transformer' ? transformer.n_layers : textEncoder.num_hidden_layers
  const wanted = wantedTensors(part, checkpoint.config, checkpoint[part])
  // Old exports have buffers of whole numbers and the like, which nobody asks for.
  const tensors = [...checkpoint[part]].filter(([name, { dtype }]) => FLOAT_TYPES.includes(dtype) || wanted.has(name))
  return tensors.flatMap(([name, tensor]) => {
    const treatment = treat(part, name, tensor.shape, precision, layers)
    return treatment ? [{ name, tensor, treatment }] : []
  })
}

/** The tensors that come of a task. */
export function resultOf({ name, tensor: { dtype, shape }, treatment }: Task): NewTensor[] {
  switch (treatment.kind) {
    case 'kept':
      return [{ name, dtype, shape }]
    case 'float':
      return [{ name, dtype: treatment.dtype, shape }]
    case 'blocks': {
      const { blocks, blockBytes } = treatment.packing
      const [rows] = shape as [number]
      return [
        { name, dtype: 'U8', shape: [rows, blocks, blockBytes] },
        { name: `${name}_scales`, dtype: 'F16', shape: [rows, blocks] },
      ]
    }
    case 'rows':
      return [
        { name, dtype: 'I8', shape },
        { name: `${name}_scales`, dtype: 'F16', shape: shape.slice(0, 1) },
      ]
    default:
      return treatment satisfies never
  }
}
