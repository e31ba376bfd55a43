import { dirname, relative, sep } from 'node:path'
import { create, toBinary } from '@bufbuild/protobuf'
import {
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
  type ValueInfoProto,
} from 'onnx-buf'
import { unlike } from '../checkpoint/fault.ts'
import type { TensorIndex } from '../checkpoint/found.ts'
import type { Dtype, StoredTensor } from '../checkpoint/safetensors.ts'
import { FLOAT_BYTES, FLOAT32_KERNELS, type FloatType, type Kernels } from './kernels.ts'
import { type Attribute, attributeProto, type ConstantData, constantType, DATA_TYPE, valueInfo } from './proto.ts'

/** The name of a value that flows through the graph. */
export type Value = string

export interface Graph {
  readonly name: string
  /** A serialised ONNX ModelProto. Its weights stay where they are: below `weightFolder`, in the checkpoint's own files. */
  readonly model: Uint8Array
  readonly weightFolder: string
  /** The checkpoint's tensors that the graph refers to, in order of first use. */
  readonly tensors: readonly string[]
  /** What its weights take once they are loaded, as the types that they are used in. */
  readonly weightBytes: number
}

// 17 is the newest that has every operator we use and that all execution providers of the runtime implement.
const OPSET = 17n
// Version 1 of onnxruntime's own operators (fused attention, rotary embedding, RMS norm).
const MICROSOFT_OPSET = 1n
const IR_VERSION = 8n

const FLOAT_OF: Partial<Record<Dtype, FloatType>> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' }

/**
 * Writes an ONNX graph operator by operator. Each method adds something and returns the value it makes, so a layer reads as
 * an expression. Values are float32 but where a `cast` says otherwise; an operator's result has the type of its inputs.
 */
export class GraphBuilder {
  readonly #name: string
  readonly #weights: TensorIndex
  readonly #nodes: NodeProto[] = []
  readonly #initializers: TensorProto[] = []
  readonly #inputs: ValueInfoProto[] = []
  readonly #outputs: ValueInfoProto[] = []
  #weightBytes = 0
  readonly #used = new Map<string, StoredTensor>()
  readonly #constants = new Map<string, Value>()
  readonly #results = new Map<string, Value[]>()
  // Only what is not float32.
  readonly #types = new Map<Value, FloatType>()

  /** What the layers multiply in. */
  readonly kernels: Kernels

  constructor(name: string, weights: TensorIndex = new Map(), kernels: Kernels = FLOAT32_KERNELS) {
    this.#name = name
    this.#weights = weights
    this.kernels = kernels
  }

  /** A value that is handed in at each run. A string in `shape` is a size that is known only then. */
  input(name: string, type: 'float32' | 'int64' | 'bool', shape: readonly (number | string)[]): Value {
    this.#inputs.push(valueInfo(name, DATA_TYPE[type], shape))
    return name
  }

  /** Names `value` as a float32 result of the graph. */
  output(name: string, value: Value, shape: readonly (number | string)[]): void {
    const input = [this.cast(value, 'float32')]
    this.#nodes.push(create(NodeProtoSchema, { opType: 'Identity', name, input, output: [name] }))
    this.#outputs.push(valueInfo(name, DATA_TYPE.float32, shape))
  }

  /** Whether the checkpoint has a tensor `name`, and as what it is stored. */
  stored(name: string): StoredTensor | undefined {
    return this.#weights.get(name)
  }

  /**
   * The checkpoint's tensor `name`, as `type`. Its stored shape must be `stored`; `as` declares the same bytes with another
   * shape. Throws an `EngineError` `checkpoint-corrupt` when it is missing or has another shape or type.
   */
  weight(
    name: string,
    stored: readonly number[],
    { as = stored, type = 'float32' }: { as?: readonly number[]; type?: FloatType } = {},
  ): Value {
    const tensor = this.#expect(name, stored)
    const float = FLOAT_OF[tensor.dtype]
    if (float === undefined) throw unlike(name, 'F32, F16 or BF16', tensor.dtype, tensor, this.#name)
    if (float !== 'float32') this.#types.set(name, float)
    this.#weightBytes += stored.reduce((a, b) => a * b, FLOAT_BYTES[type])
    return this.cast(this.#external(name, tensor, DATA_TYPE[float], as), type)
  }

  /** The checkpoint's tensor `name` of bytes, as it lies there. `stored` and errors as in `weight`. */
  bytes(name: string, stored: readonly number[], dtype: 'U8' | 'I8'): Value {
    const tensor = this.#expect(name, stored)
    if (tensor.dtype !== dtype) throw unlike(name, dtype, tensor.dtype, tensor, this.#name)
    this.#weightBytes += tensor.length
    return this.#external(name, tensor, dtype === 'U8' ? DATA_TYPE.uint8 : DATA_TYPE.int8, stored)
  }

  #expect(name: string, shape: readonly number[]): StoredTensor {
    const tensor = this.#weights.get(name, shape)
    if (!tensor) throw unlike(name, `shape [${shape}]`, 'none', tensor, this.#name)
    if (String(tensor.shape) !== String(shape))
      throw unlike(name, `shape [${shape}]`, `[${tensor.shape}]`, tensor, this.#name)
    return tensor
  }

  #external(name: string, tensor: StoredTensor, dataType: TensorProto['dataType'], shape: readonly number[]): Value {
    if (this.#used.has(name)) throw new Error(`${name} is used twice in one graph`)
    this.#used.set(name, tensor)
    const dims = shape.map(BigInt)
    const dataLocation = TensorProto_DataLocation.EXTERNAL
    this.#initializers.push(create(TensorProtoSchema, { name, dataType, dims, dataLocation }))
    return name
  }

  /** `value` as `type`; nothing is added where it is that already. */
  cast(value: Value, type: FloatType): Value {
    if ((this.#types.get(value) ?? 'float32') === type) return value
    const result = this.op('Cast', [value], { to: DATA_TYPE[type] })
    if (type === 'float32') this.#types.delete(result)
    else this.#types.set(result, type)
    return result
  }

  /** A small constant inside the graph; equal ones are one. */
  constant(data: ConstantData, shape: readonly number[]): Value {
    const dataType = DATA_TYPE[constantType(data)]
    const key = `${dataType} [${shape}] ${Buffer.from(data.buffer).toString('latin1')}`
    const known = this.#constants.get(key)
    if (known) return known
    const name = `constant_${this.#constants.size}`
    const rawData = new Uint8Array(data.buffer)
    this.#initializers.push(create(TensorProtoSchema, { name, dataType, dims: shape.map(BigInt), rawData }))
    this.#constants.set(key, name)
    return name
  }

  scalar(value: number): Value {
    return this.constant(Float32Array.of(value), [])
  }

  /** One-dimensional int64: what shapes and axes are given as. */
  integers(...values: readonly number[]): Value {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length])
  }

  /**
   * Adds an operator with one result: ONNX's own, or onnxruntime's where the name begins with `com.microsoft.`. An empty input
   * is one left out.
   */
  op(type: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>> = {}): Value {
    return this.ops(type, inputs, 1, attributes)[0] as Value
  }

  /** Adds an operator with `count` results; the same one with the same inputs only once. */
  ops(
    type: string,
    inputs: readonly Value[],
    count: number,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value[] {
    const key = JSON.stringify([type, inputs, attributes])
    const known = this.#results.get(key)
    if (known) return known
    const custom = type.startsWith('com.microsoft.')
    const opType = custom ? type.slice('com.microsoft.'.length) : type
    const name = `${opType}_${this.#nodes.length}`
    const output = Array.from({ length: count }, (_, i) => (i === 0 ? name : `${name}_${i}`))
    const attribute = Object.entries(attributes).map(([key, value]) => attributeProto(key, value))
    const domain = custom ? 'com.microsoft' : ''
    this.#nodes.push(create(NodeProtoSchema, { opType, name, domain, input: [...inputs], output, attribute }))
    const float = inputs.map((input) => this.#types.get(input)).find((found) => found !== undefined)
    if (float !== undefined) for (const value of output) this.#types.set(value, float)
    this.#results.set(key, output)
    return output
  }

  /**
   * The nodes, those of nothing but weights before all others. Of a node's inputs the runtime first orders what comes last
   * here, and all that leads to it: behind their inputs, matrices that become floats would all do so before anything else, and
   * all be kept until then.
   */
  #weightsFirst(): NodeProto[] {
    const fixed = new Set(this.#initializers.map(({ name }) => name))
    const ofWeights = this.#nodes.filter(({ input, output }) => {
      const isFixed = input.every((value) => fixed.has(value))
      if (isFixed) for (const value of output) fixed.add(value)
      return isFixed
    })
    return [...new Set([...ofWeights, ...this.#nodes])]
  }

  finish(): Graph {
    const weightFolder = commonFolder([...this.#used.values()].map((tensor) => tensor.file))
    for (const initializer of this.#initializers) {
      const tensor = this.#used.get(initializer.name)
      if (!tensor) continue
      const where = { location: relative(weightFolder, tensor.file), offset: tensor.offset, length: tensor.length }
      initializer.externalData = Object.entries(where).map(([key, value]) =>
        create(StringStringEntryProtoSchema, { key, value: String(value) }),
      )
    }
    const model = create(ModelProtoSchema, {
      irVersion: IR_VERSION,
      producerName: 'zimagine',
      opsetImport: [
        create(OperatorSetIdProtoSchema, { domain: '', version: OPSET }),
        create(OperatorSetIdProtoSchema, { domain: 'com.microsoft', version: MICROSOFT_OPSET }),
      ],
      graph: create(GraphProtoSchema, {
        name: this.#name,
        node: this.#weightsFirst(),
        initializer: this.#initializers,
        input: this.#inputs,
        output: this.#outputs,
      }),
    })
    return {
      name: this.#name,
      model: toBinary(ModelProtoSchema, model),
      weightFolder,
      tensors: [...this.#used.keys()],
      weightBytes: this.#weightBytes,
    }
  }
}

/** The deepest folder that holds all files: usually the part's own, a store of blobs when the files were links. */
function commonFolder(files: readonly string[]): string {
  const folders = files.map((file) => dirname(file).split(sep))
  const [first = []] = folders
  const depth = first.findIndex((name, i) => folders.some((folder) => folder[i] !== name))
  return (depth === -1 ? first : first.slice(0, depth)).join(sep) || sep
}
