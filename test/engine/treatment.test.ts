import { expect, it } from 'vitest'
import { bitsOf, treat } from '../../engine/checkpoint/treatment.ts'

const LAYERS = 30
const storedIn = (name: string, precision: 'int4' | 'int8' = 'int4', shape = [3840, 3840]) => {
  const treatment = treat('transformer', name, shape, precision, LAYERS)!
  return treatment.kind === 'float' ? treatment.dtype : (bitsOf(treatment) ?? treatment.kind)
}

it('int4 keeps 8 bits in refiners, modulation, and the attention of the first and last block', () => {
  expect(storedIn('layers.3.attention.to_q.weight')).toBe(4)
  expect(storedIn('layers.0.feed_forward.w1.weight')).toBe(4)
  for (const name of [
    'layers.0.attention.to_q.weight',
    'layers.29.attention.to_out.0.weight',
    'layers.3.adaLN_modulation.0.weight',
    'noise_refiner.0.feed_forward.w1.weight',
    'context_refiner.1.attention.to_k.weight',
  ])
    expect(storedIn(name)).toBe(8)
  expect(storedIn('layers.3.attention.to_q.weight', 'int8')).toBe(8)
})

it('8 bits share a scale over a whole row in the transformer', () => {
  const kindOf = (part: 'transformer' | 'textEncoder', name: string, precision: 'int4' | 'int8') =>
    treat(part, name, [3840, 3840], precision, LAYERS)?.kind
  for (const name of ['attention.to_q', 'attention.to_out.0', 'feed_forward.w2', 'adaLN_modulation.0'])
    expect(kindOf('transformer', `layers.3.${name}.weight`, 'int8')).toBe('rows')
  expect(kindOf('transformer', 'layers.0.attention.to_q.weight', 'int4')).toBe('rows')
  expect(kindOf('transformer', 'layers.3.attention.to_q.weight', 'int4')).toBe('blocks')
  expect(kindOf('textEncoder', 'layers.3.self_attn.q_proj.weight', 'int8')).toBe('blocks')
})

it('both ends of the transformer and all vectors stay float32', () => {
  for (const name of ['all_x_embedder.2-1.weight', 'cap_embedder.1.weight', 't_embedder.mlp.0.weight', 'x_pad_token'])
    expect(storedIn(name)).toBe('F32')
  expect(storedIn('all_final_layer.2-1.adaLN_modulation.1.weight')).toBe('F32')
  expect(storedIn('layers.3.attention_norm1.weight', 'int4', [3840])).toBe('F32')
})

it('what overflows in float16 is divided by a power of two, and only where something overflows', () => {
  const divisor = (name: string, precision: 'float16' | 'bfloat16') => {
    const treatment = treat('transformer', name, [3840, 3840], precision, LAYERS)
    return treatment?.kind === 'float' ? treatment.divisor : undefined
  }
  expect(divisor('layers.3.attention.to_out.0.weight', 'float16')).toBe(4)
  expect(divisor('layers.3.feed_forward.w3.weight', 'float16')).toBe(32)
  expect(divisor('layers.3.feed_forward.w1.weight', 'float16')).toBe(1)
  expect(divisor('layers.3.feed_forward.w3.weight', 'bfloat16')).toBe(1)
})

it("the text encoder's last layer is not needed and not kept, its table of words is kept as it is", () => {
  const of = (name: string, shape: number[]) => treat('textEncoder', name, shape, 'int4', 36)?.kind
  expect(of('layers.35.mlp.up_proj.weight', [9728, 2560])).toBeUndefined()
  expect(of('norm.weight', [2560])).toBeUndefined()
  expect(of('embed_tokens.weight', [151936, 2560])).toBe('kept')
  expect(of('layers.34.mlp.up_proj.weight', [9728, 2560])).toBe('blocks')
})
