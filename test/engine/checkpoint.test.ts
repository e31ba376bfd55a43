import { once } from 'node:events'
import { copyFile, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openCheckpoint } from '../../engine/checkpoint/checkpoint.ts'
import { readCheckpointConfig } from '../../engine/checkpoint/config.ts'
import { readSafetensorsHeader, readTensor } from '../../engine/checkpoint/safetensors.ts'
import { EMBEDDING_TENSOR, openEmbedding } from '../../engine/embedding.ts'
import { generate } from '../../engine/pipeline.ts'
import { loadStages } from '../../engine/stages.ts'
import { verifyCase } from '../../engine/verify-case.ts'
import { copyOfTiny, overwriteTensor, REFERENCE, TINY } from '../support/checkpoint.ts'

const CASE = join(REFERENCE, 'cases', 'tiny-released-layout', 'empty-prompt.json')
const SHARD = join('transformer', 'diffusion_pytorch_model-00001-of-00003.safetensors')
const load = (folder: string) => loadStages(folder, { device: 'cpu', threads: 1 })

async function editJson(path: string, edit: (json: Record<string, unknown>) => void): Promise<void> {
  const json = JSON.parse(await readFile(path, 'utf8'))
  edit(json)
  await writeFile(path, JSON.stringify(json))
}

async function shardOf(folder: string, tensor: string): Promise<string> {
  const index = join(folder, 'transformer', 'diffusion_pytorch_model.safetensors.index.json')
  return join(folder, 'transformer', JSON.parse(await readFile(index, 'utf8')).weight_map[tensor])
}

/** Rewrites a safetensors file with its header edited; the tensors' bytes stay in their order. */
async function editHeader(
  path: string,
  edit: (header: Record<string, unknown>) => Record<string, unknown>,
): Promise<void> {
  const bytes = await readFile(path)
  const length = Number(bytes.readBigUInt64LE())
  const header = Buffer.from(JSON.stringify(edit(JSON.parse(bytes.toString('utf8', 8, 8 + length)))))
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(header.length))
  await writeFile(path, Buffer.concat([prefix, header, bytes.subarray(8 + length)]))
}

it.each([
  'text_encoder/config.json',
  'transformer/config.json',
  'vae/diffusion_pytorch_model.safetensors',
  'tokenizer/tokenizer.json',
  'scheduler/scheduler_config.json',
  SHARD,
])('a checkpoint without %s is refused by the name of the file', async (file) => {
  const folder = await copyOfTiny()
  await rm(join(folder, file))
  await expect(load(folder)).rejects.toMatchObject({
    code: 'checkpoint-missing',
    message: expect.stringContaining(folder),
  })
})

it('weights that cannot be opened are told with the reason', async () => {
  const path = join(await copyOfTiny(), 'model.safetensors')
  const server = createServer().listen(path)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  await expect(readSafetensorsHeader(path)).rejects.toMatchObject({
    code: 'checkpoint-corrupt',
    message: expect.stringMatching(/model\.safetensors: expected a safetensors file, got ENXIO: /u),
  })
})

it('a byte order mark before JSON is passed over', async () => {
  const folder = await copyOfTiny()
  const path = join(folder, 'scheduler', 'scheduler_config.json')
  await writeFile(path, `\ufeff${await readFile(path, 'utf8')}`)
  expect(await readCheckpointConfig(folder)).toEqual(await readCheckpointConfig(TINY))
})

it('a table of words gives no word that it has not, also when it is cut off while it is in use', async () => {
  const { textEncoder, config } = await openCheckpoint(await copyOfTiny())
  const { vocab_size, hidden_size } = config.textEncoder
  const embedding = openEmbedding(textEncoder, vocab_size, hidden_size)
  await expect(embedding([vocab_size])).rejects.toThrow(/expected token ids below .* 585, the tokenizer gave 585/u)
  const { file, offset } = textEncoder.get(EMBEDDING_TENSOR)!
  await truncate(file, offset + 100)
  await expect(embedding([vocab_size - 1])).rejects.toMatchObject({
    code: 'checkpoint-corrupt',
    message: expect.stringMatching(new RegExp(`^${RegExp.escape(file)}: .* the file ended`, 'u')),
  })
})

it('a download that broke off is refused with the bytes that are missing', async () => {
  const folder = await copyOfTiny()
  await truncate(join(folder, SHARD), 100_000)
  await expect(load(folder)).rejects.toMatchObject({
    code: 'checkpoint-corrupt',
    message: expect.stringMatching(/truncated.*only 100000/),
  })
})

it.each([
  ['an empty file', '', 'expected at least 8 bytes'],
  ['a web page', '<!doctype html><title>Not found</title>', 'expected a safetensors file, got something else'],
  ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n', '`git lfs pull`'],
  ['a header that is not JSON', '\x04\0\0\0\0\0\0\0oops', 'expected a JSON header'],
])('%s in place of weights is refused', async (_, content, says) => {
  const folder = await copyOfTiny()
  await writeFile(join(folder, SHARD), content)
  const refused = load(folder)
  await expect(refused).rejects.toMatchObject({ code: 'checkpoint-corrupt', message: expect.stringContaining(SHARD) })
  await expect(refused).rejects.toThrow(says)
})

it.each([
  [{ dtype: 'toString', shape: [0], data_offsets: [0, 0] }, /odd: expected a dtype among F64,.* got toString$/u],
  [{ dtype: 'F32', shape: [3], data_offsets: [0, 8] }, /odd: expected 12 bytes for F32 \[3\], got 8$/u],
])('a tensor that is none (%o) is refused by its name', async (odd, words) => {
  const folder = await copyOfTiny()
  const path = join(folder, 'vae', 'diffusion_pytorch_model.safetensors')
  await editHeader(path, (header) => ({ ...header, odd }))
  await expect(readSafetensorsHeader(path)).rejects.toThrow(words)
  // An empty one may lie anywhere.
  await editHeader(path, (header) => ({ ...header, odd: { dtype: 'F32', shape: [0], data_offsets: [0, 0] } }))
  expect((await readSafetensorsHeader(path)).has('odd')).toBe(true)
})

it('a tensor of another shape is refused by its name, with both shapes', async () => {
  const folder = await copyOfTiny()
  await editJson(join(folder, 'text_encoder', 'config.json'), (config) => {
    config.intermediate_size = 128
  })
  await expect(load(folder)).rejects.toMatchObject({
    code: 'checkpoint-corrupt',
    message: `layers.0.mlp.gate_proj.weight: expected shape [128,64], got [160,64] (in ${join(folder, 'text_encoder', 'model.safetensors')})`,
  })
})

it('a tensor that is in no file is told with the part that lacks it', async () => {
  const folder = await copyOfTiny()
  await editHeader(join(folder, 'text_encoder', 'model.safetensors'), (header) =>
    Object.fromEntries(Object.entries(header).filter(([name]) => !name.endsWith('layers.0.input_layernorm.weight'))),
  )
  await expect(load(folder)).rejects.toMatchObject({
    code: 'checkpoint-corrupt',
    message: 'layers.0.input_layernorm.weight: expected shape [64], got none (for the text_encoder)',
  })
})

it('an embedding table of numbers that are not read is refused before anything is drawn', async () => {
  const folder = await copyOfTiny()
  const path = join(folder, 'text_encoder', 'model.safetensors')
  await editHeader(path, (header) =>
    Object.fromEntries(
      Object.entries(header).map(([name, tensor]) => [
        name,
        name.endsWith('embed_tokens.weight') ? { ...(tensor as object), dtype: 'I16' } : tensor,
      ]),
    ),
  )
  await expect(load(folder)).rejects.toThrow(/embed_tokens\.weight: expected F32, F16, BF16, got I16/u)
})

it('a tensor that the index promises and the shard lacks is refused', async () => {
  const folder = await copyOfTiny()
  await editHeader(await shardOf(folder, 'x_pad_token'), ({ x_pad_token: _, ...rest }) => rest)
  await expect(load(folder)).rejects.toMatchObject({
    code: 'checkpoint-corrupt',
    message: expect.stringMatching(/-of-00003\.safetensors: expected a tensor x_pad_token/),
  })
})

it.each([
  ['transformer/config.json', { _class_name: 'FluxTransformer2DModel' }],
  ['text_encoder/config.json', { model_type: 'llama' }],
  ['vae/config.json', { _class_name: 'AutoencoderTiny' }],
  ['vae/config.json', { act_fn: 'relu' }],
  ['vae/config.json', { norm_num_groups: 3 }],
  ['vae/config.json', { up_block_types: [] }],
  ['transformer/config.json', { axes_dims: [8, 8, 8] }],
  ['transformer/config.json', { axes_dims: [] }],
  ['transformer/config.json', { norm_eps: 1e300 }],
  ['transformer/config.json', { n_layers: 1e9 }],
  ['transformer/config.json', { n_heads: 'three' }],
  ['transformer/config.json', { cap_feat_dim: 32 }],
  ['transformer/config.json', { in_channels: 4 }],
  ['transformer/config.json', { qk_norm: false }],
  ['transformer/config.json', { siglip_feat_dim: 1152 }],
  ['text_encoder/config.json', { rms_norm_eps: 1e300 }],
  ['text_encoder/config.json', { attention_bias: true }],
  ['text_encoder/config.json', { hidden_act: 'gelu' }],
  ['text_encoder/config.json', { num_key_value_heads: 3 }],
  ['text_encoder/config.json', { num_hidden_layers: 1e9 }],
  ['text_encoder/config.json', { use_sliding_window: true }],
  ['text_encoder/config.json', { layer_types: ['full_attention', 'sliding_attention'] }],
  ['text_encoder/config.json', { rope_parameters: { rope_theta: 1e6, rope_type: 'linear', factor: 4 } }],
  ['text_encoder/config.json', { rope_parameters: { rope_theta: 1e6, type: 'linear', factor: 4 } }],
  ['text_encoder/config.json', { rope_scaling: { type: 'yarn', factor: 4 } }],
  ['scheduler/scheduler_config.json', { use_dynamic_shifting: true }],
  ['scheduler/scheduler_config.json', { num_train_timesteps: 500 }],
  ['scheduler/scheduler_config.json', { use_karras_sigmas: true }],
  ['scheduler/scheduler_config.json', { use_exponential_sigmas: true }],
  ['scheduler/scheduler_config.json', { use_beta_sigmas: true }],
  ['scheduler/scheduler_config.json', { invert_sigmas: true }],
  ['scheduler/scheduler_config.json', { stochastic_sampling: true }],
  ['scheduler/scheduler_config.json', { shift_terminal: 0.1 }],
])('%s with %o is an architecture that is refused, not guessed', async (file, change) => {
  const folder = await copyOfTiny()
  await editJson(join(folder, file), (config) => Object.assign(config, change))
  await expect(load(folder)).rejects.toMatchObject({
    code: 'unknown-architecture',
    message: expect.stringContaining(file),
  })
})

it('weights that make no numbers are an error, not a black picture', async () => {
  const folder = await copyOfTiny()
  await overwriteTensor(await shardOf(folder, 'x_pad_token'), 'x_pad_token', 0xff)
  const stages = await load(folder)
  const request = { prompt: 'a fox', widthPx: 48, heightPx: 48, steps: 1, guidance: 0, seed: 1 }
  await expect(generate(stages, request)).rejects.toMatchObject({
    code: 'not-a-number',
    message: expect.stringContaining('in the latent'),
  })
  await stages.release()
})

it('a text encoder without the model. prefix, with rope_theta inside rope_parameters, computes the same', async () => {
  const folder = await copyOfTiny()
  await editHeader(join(folder, 'text_encoder', 'model.safetensors'), (header) =>
    Object.fromEntries(Object.entries(header).map(([name, tensor]) => [name.replace(/^model\./, ''), tensor])),
  )
  await editJson(join(folder, 'text_encoder', 'config.json'), (config) => {
    config.rope_parameters = { rope_theta: config.rope_theta, rope_type: 'default' }
    delete config.rope_theta
  })
  const stages = await load(folder)
  await expect(verifyCase(stages, 'cpu', CASE)).resolves.toMatchObject({ ok: true })
  await stages.release()
})

it('a text encoder of one layer gives its words as they stand in the table', async () => {
  const folder = await copyOfTiny()
  await editJson(join(folder, 'text_encoder', 'config.json'), (config) =>
    Object.assign(config, { num_hidden_layers: 1 }),
  )
  const stages = await load(folder)
  const { textEncoder, config } = stages.checkpoint
  const { vocab_size, hidden_size } = config.textEncoder
  const ids = stages.prompts.encode('a red fox')
  expect(await stages.embed(ids)).toEqual(await openEmbedding(textEncoder, vocab_size, hidden_size)(ids))
  await stages.release()
})

it.each([
  ['in rope_parameters where both places have one', { rope_theta: 10, rope_parameters: { rope_theta: 1e6 } }],
  ['at the top level where rope_parameters have none', { rope_theta: 1e6, rope_parameters: { rope_type: 'default' } }],
])('the rope_theta that counts stands %s, as transformers reads it', async (_, spelling) => {
  const folder = await copyOfTiny()
  await editJson(join(folder, 'text_encoder', 'config.json'), (config) => Object.assign(config, spelling))
  expect((await readCheckpointConfig(folder)).textEncoder.rope_theta).toBe(1e6)
})

it('a store of blobs with links to them, as the hub keeps it, is read where it lies', async () => {
  const folder = await copyOfTiny()
  for (const file of ['vae/diffusion_pytorch_model.safetensors', SHARD]) {
    const blob = join(folder, '..', file.replaceAll('/', '-'))
    await rename(join(folder, file), blob)
    await symlink(blob, join(folder, file))
  }
  const stages = await load(folder)
  await expect(verifyCase(stages, 'cpu', CASE)).resolves.toMatchObject({ ok: true })
  await stages.release()
})

it('weights of another name are read, hidden files beside them are not, and of two with the same tensors none', async () => {
  const folder = await copyOfTiny()
  const vae = (file: string) => join(folder, 'vae', file)
  await rename(vae('diffusion_pytorch_model.safetensors'), vae('diffusion_pytorch_model.fp16.safetensors'))
  await writeFile(vae('._diffusion_pytorch_model.fp16.safetensors'), 'Mac OS X')
  expect((await openCheckpoint(folder)).vae.get('decoder.conv_in.bias')?.file).toMatch(/fp16\.safetensors$/u)
  await copyFile(vae('diffusion_pytorch_model.fp16.safetensors'), vae('diffusion_pytorch_model.bf16.safetensors'))
  await expect(openCheckpoint(folder)).rejects.toMatchObject({
    code: 'checkpoint-corrupt',
    message: expect.stringMatching(/vae: expected each tensor in one file, got .* in .*16\.safetensors and in .*16\./u),
  })
})

it('a tensor is found at its bytes', async () => {
  const folder = await copyOfTiny()
  const path = join(folder, 'vae', 'diffusion_pytorch_model.safetensors')
  await overwriteTensor(path, 'decoder.conv_in.bias', 0x3f)
  const tensor = (await readSafetensorsHeader(path)).get('decoder.conv_in.bias')
  if (!tensor) throw new Error('expected the tensor')
  expect(new Set(await readTensor(tensor))).toEqual(new Set([0x3f]))
})
