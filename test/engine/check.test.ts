import { mkdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkModel, type Finding, type ModelReport } from '../../engine/checkpoint/check.ts'
import { type CheckpointConfig, readCheckpointConfig } from '../../engine/checkpoint/config.ts'
import { PARTS, type PartName } from '../../engine/checkpoint/found.ts'
import { readSafetensorsHeader } from '../../engine/checkpoint/safetensors.ts'
import { isUnused } from '../../engine/checkpoint/unused.ts'
import { wantedTensors } from '../../engine/checkpoint/wanted.ts'
import { copyOfTiny, DEFAULT_MODEL, overwriteTensor, REFERENCE, TINY } from '../support/checkpoint.ts'
import { temporaryFolder } from '../support/folder.ts'
import {
  comfyTiny,
  copyTokenizer,
  readTensors,
  type Tensor,
  type Tensors,
  withPrefix,
  writeSafetensors,
} from '../support/layouts.ts'

const FOLDERS: Record<PartName, string> = { textEncoder: 'text_encoder', transformer: 'transformer', vae: 'vae' }
const SHARD = 'diffusion_pytorch_model-00001-of-00003.safetensors'
const INDEX = 'diffusion_pytorch_model.safetensors.index.json'

const findings = (report: ModelReport, part: PartName) => report.parts.find((each) => each.part === part)?.findings
const named = (tensor: string, rest: Partial<Finding>) => expect.objectContaining({ tensor, ...rest })

/** The tiny checkpoint with the tensors of one part changed, in one file. */
async function tinyWith(part: PartName, edit: (tensors: Map<string, Tensor>) => void): Promise<string> {
  const folder = await copyOfTiny()
  const place = join(folder, FOLDERS[part])
  const tensors = new Map(await readTensors(place))
  edit(tensors)
  for (const name of [1, 2, 3].map((i) => `diffusion_pytorch_model-0000${i}-of-00003.safetensors`).concat(INDEX))
    await rm(join(place, name), { force: true })
  await writeSafetensors(
    join(place, part === 'textEncoder' ? 'model.safetensors' : 'diffusion_pytorch_model.safetensors'),
    tensors,
  )
  return folder
}

async function editJson<T>(path: string, edit: (json: T) => void): Promise<void> {
  const json = JSON.parse(await readFile(path, 'utf8'))
  edit(json)
  await writeFile(path, JSON.stringify(json))
}

describe('a check of a model', () => {
  it.each([
    ['the tiny checkpoint', TINY, [35, 101, 240]],
    ['the default model', DEFAULT_MODEL, [35, 133, 208]],
  ])('finds nothing wrong with %s, having looked at every byte', async (_, path, tensors) => {
    let last = { doneBytes: 0, totalBytes: -1 }
    const report = await checkModel(path, { onProgress: (progress) => (last = progress) })
    expect(report).toMatchObject({ ok: true, faults: [] })
    expect(report.parts.map((part) => [part.part, part.tensors, part.findings])).toEqual(
      PARTS.map((part, i) => [part, tensors[i], []]),
    )
    expect(last.doneBytes).toBe(last.totalBytes)
    expect(last.totalBytes).toBe(report.parts.reduce((sum, { bytes }) => sum + bytes, 0))
  })

  it("finds nothing wrong with ComfyUI's file of all parts", async () => {
    const folder = temporaryFolder()
    await copyTokenizer(folder)
    const path = join(folder, 'aio.safetensors')
    await writeSafetensors(path, await allInOne())
    expect(await checkModel(path)).toMatchObject({
      ok: true,
      faults: [],
      parts: PARTS.map((part) => ({ part, files: [path], findings: [] })),
    })
  })

  it('names all that is missing, extra, mis-shaped, of another type and no number, in one go', async () => {
    const folder = await tinyWith('transformer', (tensors) => {
      const bias = tensors.get('cap_embedder.1.bias') as Tensor
      tensors.delete('layers.1.attention.to_k.weight')
      tensors.delete('noise_refiner.0.ffn_norm1.weight')
      tensors.set('siglip_embedder.0.weight', bias)
      tensors.set('norm_final.weight', bias)
      tensors.set('x_pad_token', { ...bias, shape: [96] })
      tensors.set('cap_pad_token', { dtype: 'I32', shape: [1, 96] })
    })
    const file = join(folder, 'transformer', 'diffusion_pytorch_model.safetensors')
    await overwriteTensor(file, 'layers.0.attention_norm1.weight', 0xff)
    const vae = join(folder, 'vae', 'diffusion_pytorch_model.safetensors')
    await overwriteTensor(vae, 'decoder.conv_out.bias', 0xff)
    // Not used, but a sign of a broken file all the same.
    await overwriteTensor(vae, 'encoder.conv_in.bias', 0xff)
    const report = await checkModel(folder)
    expect(report).toMatchObject({ ok: false, faults: [] })
    expect(findings(report, 'transformer')?.toSorted((a, b) => (a.kind < b.kind ? -1 : 1))).toEqual([
      { kind: 'extra', tensor: 'siglip_embedder.0.weight', found: [96], file },
      { kind: 'missing', tensor: 'noise_refiner.0.ffn_norm1.weight', expected: [96] },
      { kind: 'missing', tensor: 'layers.1.attention.to_k.weight', expected: [96, 96] },
      { kind: 'not-finite', tensor: 'layers.0.attention_norm1.weight', count: 96, file },
      { kind: 'shape', tensor: 'x_pad_token', expected: [1, 96], found: [96], file },
      { kind: 'type', tensor: 'cap_pad_token', found: 'I32', file },
    ])
    expect(findings(report, 'vae')).toEqual([
      { kind: 'not-finite', tensor: 'decoder.conv_out.bias', count: 3, file: vae },
      { kind: 'not-finite', tensor: 'encoder.conv_in.bias', count: 16, file: vae },
    ])
    expect(findings(report, 'textEncoder')).toEqual([])
  })

  it.each([
    ['bitsandbytes in 4 bits', 'U8', [4608, 1]],
    ['LLM.int8', 'I8', [96, 96]],
  ] as const)('says of weights that %s has quantised what is read instead', async (_, dtype, shape) => {
    const folder = await tinyWith('transformer', (tensors) => {
      tensors.set('layers.1.attention.to_k.weight', { dtype, shape })
      tensors.set('layers.1.attention.to_k.SCB', { dtype: 'F32', shape: [96] })
    })
    const file = join(folder, 'transformer', 'diffusion_pytorch_model.safetensors')
    expect(findings(await checkModel(folder), 'transformer')).toContainEqual({
      kind: 'fault',
      code: 'unknown-architecture',
      message: expect.stringMatching(
        new RegExp(`^${RegExp.escape(file)}: .*bfloat16, .*models prepare.*${dtype} in .*another program`, 'u'),
      ),
      situation: { kind: 'quantised', path: file },
      tensor: 'layers.1.attention.to_k.weight',
    })
  })

  it.each([
    ['F32', new Float32Array([0, -0, 3.4e38, 1e-45, Number.NaN, Number.POSITIVE_INFINITY])],
    ['F16', new Float16Array([0, -0, 65504, 6e-8, Number.NaN, Number.NEGATIVE_INFINITY])],
    ['BF16', new Uint16Array([0, 0x8000, 0x7f7f, 1, 0x7fc0, 0xff80])],
  ] as const)(
    'tells the infinite and the undefined of %s from the largest and the smallest',
    async (dtype, numbers) => {
      const bytes = new Uint8Array(numbers.buffer)
      const folder = await tinyWith('vae', (tensors) => tensors.set('quant_conv.bias', { dtype, shape: [6], bytes }))
      expect(findings(await checkModel(folder), 'vae')).toMatchObject([
        { kind: 'not-finite', tensor: 'quant_conv.bias', count: 2 },
      ])
    },
  )

  it('still makes pictures of a model with a tensor too many', async () => {
    const folder = await tinyWith('vae', (tensors) => tensors.set('ema.decay', { dtype: 'F32', shape: [1] }))
    const report = await checkModel(folder)
    expect(report.ok).toBe(true)
    expect(findings(report, 'vae')).toMatchObject([{ kind: 'extra', tensor: 'ema.decay' }])
  })

  it('names every tensor that a broken download lost, and checks the others', async () => {
    const folder = await copyOfTiny()
    const path = join(folder, 'transformer', SHARD)
    const header = await readSafetensorsHeader(path)
    const size = 1_000_000
    const lost = [...header].filter(([, { offset, length }]) => offset + length > size).map(([name]) => name)
    const [kept] = [...header].find(([, { offset, length }]) => offset + length < size) as [string, unknown]
    await overwriteTensor(path, kept, 0xff)
    await truncate(path, size)
    const report = await checkModel(folder)
    expect(lost.length).toBeGreaterThan(5)
    expect(findings(report, 'transformer')).toHaveLength(lost.length + 1)
    expect(findings(report, 'transformer')).toEqual(
      expect.arrayContaining([
        ...lost.map((name) =>
          named(name, { kind: 'fault', message: expect.stringMatching(/truncated.*only 1000000/) }),
        ),
        named(kept, { kind: 'not-finite' }),
      ]),
    )
  })

  it('names tensors that share their bytes or lie outside the file, in a file of all parts as well', async () => {
    const folder = temporaryFolder()
    await copyTokenizer(folder)
    const path = join(folder, 'aio.safetensors')
    await writeSafetensors(path, await allInOne())
    const bytes = await readFile(path)
    const length = Number(bytes.readBigUInt64LE())
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + length))
    const move = (name: string, by: number) => {
      const [begin, end] = header[name].data_offsets
      header[name].data_offsets = [begin + by, end + by]
    }
    move('model.diffusion_model.layers.0.attention.qkv.weight', 1_000_000_000)
    move('vae.decoder.mid.block_1.norm1.bias', -2)
    const text = Buffer.from(JSON.stringify(header))
    const prefix = Buffer.alloc(8)
    prefix.writeBigUInt64LE(BigInt(text.length))
    await writeFile(path, Buffer.concat([prefix, text, bytes.subarray(8 + length)]))
    const report = await checkModel(path)
    expect(findings(report, 'transformer')).toEqual([
      named('model.diffusion_model.layers.0.attention.qkv.weight', { kind: 'fault' }),
    ])
    expect(findings(report, 'vae')).toEqual([
      named('vae.decoder.mid.block_1.norm1.bias', { message: expect.stringContaining('expected bytes of its own') }),
    ])
    expect(findings(report, 'textEncoder')).toEqual([])
  })

  it('says where an index and its shards disagree', async () => {
    const folder = await copyOfTiny()
    await editJson(join(folder, 'transformer', INDEX), ({ weight_map }: { weight_map: Record<string, string> }) => {
      weight_map['layers.9.ffn_norm1.weight'] = SHARD
      delete weight_map.x_pad_token
    })
    const told = findings(await checkModel(folder), 'transformer')
    expect(told).toEqual([
      named('layers.9.ffn_norm1.weight', { message: expect.stringContaining('as the index says') }),
      named('x_pad_token', {
        message: expect.stringMatching(/expected it to say that x_pad_token is in \S+, it says nothing/),
      }),
    ])
  })

  it('goes on with the other parts where files or settings are missing', async () => {
    const folder = await copyOfTiny()
    await rm(join(folder, 'vae', 'config.json'))
    await rm(join(folder, 'text_encoder', 'model.safetensors'))
    await overwriteTensor(join(folder, 'vae', 'diffusion_pytorch_model.safetensors'), 'decoder.conv_in.bias', 0xff)
    await writeFile(join(folder, 'transformer', SHARD), '<!doctype html>')
    const report = await checkModel(folder)
    expect(report.ok).toBe(false)
    expect(report.faults).toMatchObject([{ code: 'checkpoint-missing', message: expect.stringContaining('vae') }])
    expect(findings(report, 'textEncoder')).toMatchObject([{ kind: 'fault', code: 'checkpoint-missing' }])
    expect(findings(report, 'vae')).toMatchObject([{ kind: 'not-finite', tensor: 'decoder.conv_in.bias' }])
    const kinds = findings(report, 'transformer')?.map(({ kind }) => kind)
    expect(kinds?.slice(0, 2)).toEqual(['fault', 'missing'])
    expect(new Set(kinds?.slice(1))).toEqual(new Set(['missing']))
  })

  it('says that the tokenizer gives ids that the text encoder has no row for', async () => {
    const folder = await copyOfTiny()
    const path = join(folder, 'tokenizer', 'tokenizer.json')
    await editJson(path, ({ added_tokens }: { added_tokens: { id: number }[] }) => {
      Object.assign(added_tokens.at(-1) as object, { id: 585 })
    })
    expect(await checkModel(folder)).toMatchObject({
      ok: false,
      faults: [{ message: `${path}: expected ids below the text encoder's vocab_size 585, got 585` }],
    })
  })

  it.each([
    ['below zero', { '<|endoftext|>': -5 }, -5],
    ['between two rows', { '<|endoftext|>': 1.5 }, 1.5],
  ])('says that an id of the tokenizer lies %s', async (_, vocab, got) => {
    const folder = await copyOfTiny()
    const path = join(folder, 'tokenizer', 'tokenizer.json')
    await editJson(path, ({ model }: { model: { vocab: object } }) => Object.assign(model.vocab, vocab))
    const message = `${path}: expected ids below the text encoder's vocab_size 585, got ${got}`
    expect(await checkModel(folder)).toMatchObject({ ok: false, faults: [{ message }] })
  })

  it.each([
    ['transformer', { dim: 32e12, n_heads: 1e12 }, /Too big.* at dim /u],
    ['transformer', { all_patch_size: [1e12] }, /Too big.* at all_patch_size/u],
    ['transformer', { n_layers: 1e9 }, /json: ✖ Too big: [^✖]*<=1000 +→ at n_layers$/u],
    ['transformer', { n_refiner_layers: -1 }, /to be >=0 +→ at n_refiner_layers/u],
    ['vae', { block_out_channels: [1e12, 1e12, 1e12, 1e12], norm_num_groups: 1e12 }, /Too big.* at norm_num_groups/u],
  ])('tells of a size that no model has: %s %o', async (part, sizes, message) => {
    const folder = await copyOfTiny()
    await editJson<object>(join(folder, part, 'config.json'), (config) => Object.assign(config, sizes))
    const { faults } = await checkModel(folder)
    expect(faults).toMatchObject([{ code: 'unknown-architecture', message: expect.stringMatching(message) }])
  })

  it('says that a tokenizer knows nothing', async () => {
    const folder = await copyOfTiny()
    const path = join(folder, 'tokenizer', 'tokenizer.json')
    await editJson(path, (json: { model: object }) => {
      Object.assign(json.model, { vocab: {}, merges: [] })
      Object.assign(json, { added_tokens: [] })
    })
    await editJson<object>(join(folder, 'tokenizer', 'tokenizer_config.json'), (json) =>
      Object.assign(json, { added_tokens_decoder: {} }),
    )
    const message = `${path}: expected a vocabulary, got an empty one`
    expect(await checkModel(folder)).toMatchObject({ ok: false, faults: [{ message }] })
  })

  it('understands weights of 4 bits, and names those that cannot be unpacked', async () => {
    const pack = (tensors: Map<string, Tensor>, name: string, bytes: number) => {
      tensors.set(`${name}.weight`, { dtype: 'U8', shape: [256, 3, bytes] })
      tensors.set(`${name}.weight_scales`, { dtype: 'F16', shape: [256, 3] })
    }
    const good = await tinyWith('transformer', (tensors) => pack(tensors, 'layers.0.feed_forward.w1', 16))
    expect(await checkModel(good)).toMatchObject({ ok: true })
    const bad = await tinyWith('transformer', (tensors) => {
      pack(tensors, 'layers.0.feed_forward.w1', 16)
      pack(tensors, 'layers.1.feed_forward.w1', 5)
      pack(tensors, 'layers.1.feed_forward.w3', 16)
      tensors.delete('layers.1.feed_forward.w3.weight_scales')
    })
    expect(findings(await checkModel(bad), 'transformer')).toEqual(
      expect.arrayContaining([
        named('layers.1.feed_forward.w1.weight', { kind: 'shape', found: [256, 3, 5], expected: [256, 96] }),
        named('layers.1.feed_forward.w3.weight_scales', { kind: 'missing', expected: [256, 3] }),
      ]),
    )
  })

  it('tells that there is no model, instead of failing', async () => {
    expect(await checkModel('/nowhere')).toEqual({
      path: '/nowhere',
      ok: false,
      parts: [],
      faults: [
        {
          code: 'checkpoint-missing',
          message: expect.stringContaining('expected a model folder'),
          situation: { kind: 'no-such-path', path: '/nowhere' },
        },
      ],
    })
  })

  it('holds a few megabytes of a large file at a time, and stops when told to', async () => {
    const folder = await tinyWith('vae', (tensors) => tensors.set('large', { dtype: 'F32', shape: [64 << 20] }))
    const before = process.memoryUsage().arrayBuffers
    let most = 0
    const stop = new AbortController()
    const check = checkModel(folder, {
      signal: stop.signal,
      onProgress: ({ doneBytes, totalBytes }) => {
        most = Math.max(most, process.memoryUsage().arrayBuffers - before)
        if (doneBytes > totalBytes / 2) stop.abort()
      },
    })
    await expect(check).rejects.toThrow(/abort/)
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThan(32 << 20)
  })

  it.each(['null', '[]', '{}', '{"weight_map":{"x_pad_token":null}}', '{"weight_map":"x"}'])(
    'says that an index is none: %s',
    async (index) => {
      const folder = await copyOfTiny()
      const path = join(folder, 'transformer', INDEX)
      await writeFile(path, index)
      expect(findings(await checkModel(folder), 'transformer')).toEqual([
        { kind: 'fault', code: 'checkpoint-corrupt', message: `${path}: expected a weight_map` },
      ])
    },
  )

  it('says that a file is a folder', async () => {
    const folder = await copyOfTiny()
    const path = join(folder, 'transformer', SHARD)
    await rm(path)
    await mkdir(path)
    expect(findings(await checkModel(folder), 'transformer')).toContainEqual(
      expect.objectContaining({ kind: 'fault', message: `${path}: expected a safetensors file, got something else` }),
    )
  })

  it('names every tensor of a file that is whole and empty', async () => {
    const folder = await tinyWith('vae', (tensors) => tensors.clear())
    const report = await checkModel(folder)
    expect(report.ok).toBe(false)
    expect(findings(report, 'vae')).toContainEqual(named('decoder.conv_in.weight', { kind: 'missing' }))
  })

  it.each([
    ['profile.json', '{"name":"x"}'],
    ['recipe.json', '{}'],
    ['tokenizer/tokenizer_config.json', 'null'],
    ['tokenizer/tokenizer_config.json', '{"chat_template":"{% if %}"}'],
  ])('says of %s what loading would stumble over: %s', async (file, content) => {
    const folder = await copyOfTiny()
    await writeFile(join(folder, file), content)
    const { ok, faults } = await checkModel(folder)
    expect(ok).toBe(false)
    expect(faults).toMatchObject([
      { code: 'checkpoint-corrupt', message: expect.stringContaining(join(folder, dirname(file))) },
    ])
  })

  it.each([
    'profile.json',
    'scheduler/scheduler_config.json',
    'text_encoder',
    'tokenizer/chat_template.jinja',
    'vae/diffusion_pytorch_model.safetensors',
  ])('says of %s that it is there and why it cannot be read', async (file) => {
    const folder = await copyOfTiny()
    const path = join(folder, file)
    await rm(path, { recursive: true, force: true })
    // Nothing is forbidden to root, but a link to itself leads nobody to a file.
    await symlink(path, path)
    const { faults, parts } = await checkModel(folder)
    expect([...faults, ...parts.flatMap(({ findings }) => findings)]).toContainEqual(
      expect.objectContaining({
        code: 'checkpoint-corrupt',
        message: expect.stringMatching(new RegExp(`^${RegExp.escape(path)}: expected a .*, got ELOOP: `, 'u')),
      }),
    )
  })
})

/** The tiny checkpoint as ComfyUI saves checkpoints. */
async function allInOne(): Promise<Tensors> {
  const { transformer, textEncoder, vae } = await comfyTiny()
  return new Map([
    ...withPrefix('model.diffusion_model.', transformer),
    ...withPrefix('text_encoders.qwen3_4b.transformer.', textEncoder),
    ...withPrefix('vae.', vae),
  ])
}

describe('the tensors that are expected of the full-size model', () => {
  it.each(PARTS)('are, with those that no picture needs, exactly the released ones: %s', async (part) => {
    const official = join(REFERENCE, 'official')
    const config: CheckpointConfig = await readCheckpointConfig(official)
    const { tensors } = JSON.parse(await readFile(join(official, FOLDERS[part], 'tensors.json'), 'utf8'))
    const released = Object.entries(tensors as Record<string, Tensor>).map(
      ([name, { shape }]) => [name.replace(/^model\./, ''), shape] as const,
    )
    const needed = released.filter(([name]) => !isUnused(part, name, config.textEncoder.num_hidden_layers))
    expect(new Map([...wantedTensors(part, config, new Map())].toSorted())).toEqual(new Map(needed.toSorted()))
    const unused = { textEncoder: 12, transformer: 0, vae: 106 }[part]
    expect(released.length - needed.length).toBe(unused)
  })
})
