import { create } from '@bufbuild/protobuf'
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf'
import type { FloatType } from './kernels.ts'

/** A number is an ONNX integer, `{ float }` a float: JavaScript cannot tell 1 from 1.0. */
export type Attribute = number | { readonly float: number } | readonly number[] | string

/** ONNX's numbers for the types of tensors. */
export const DATA_TYPE: Record<FloatType | 'int64' | 'int8' | 'bool' | 'uint8', DataType> = {
  float32: DataType.FLOAT,
  float16: DataType.FLOAT16,
  bfloat16: DataType.BFLOAT16,
  int64: DataType.INT64,
  int8: DataType.INT8,
  bool: DataType.BOOL,
  uint8: DataType.UINT8,
}

/** What a constant inside a graph may be made of. */
export type ConstantData =
  | Float32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>

export function constantType(data: ConstantData): keyof typeof DATA_TYPE {
  if (data instanceof Float32Array) return 'float32'
  if (data instanceof BigInt64Array) return 'int64'
  return data instanceof Int8Array ? 'int8' : 'uint8'
}

export function attributeProto(name: string, value: Attribute): AttributeProto {
  const make = (init: Pick<AttributeProto, 'type'> & Partial<Pick<AttributeProto, 'i' | 'f' | 's' | 'ints'>>) =>
    create(AttributeProtoSchema, { name, ...init })
  if (typeof value === 'number') return make({ type: AttributeType.INT, i: BigInt(value) })
  if (typeof value === 'string') return make({ type: AttributeType.STRING, s: new TextEncoder().encode(value) })
  if ('float' in value) return make({ type: AttributeType.FLOAT, f: value.float })
  return make({ type: AttributeType.INTS, ints: value.map(BigInt) })
}

/** What goes into a graph or comes out of it. A string in `shape` is a size that is known only at a run. */
export function valueInfo(name: string, elemType: DataType, shape: readonly (number | string)[]): ValueInfoProto {
  const dim = shape.map((size) =>
    typeof size === 'number'
      ? { value: { case: 'dimValue' as const, value: BigInt(size) } }
      : { value: { case: 'dimParam' as const, value: size } },
  )
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType, shape: { dim } } } },
  })
}
