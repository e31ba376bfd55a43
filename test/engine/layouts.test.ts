import { copyFile, mkdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { openCheckpoint } from '../../engine/checkpoint/checkpoint.ts'
import { readCheckpointConfig } from '../../engine/checkpoint/config.ts'
import { generate } from '../../engine/pipeline.ts'
import { readProfile } from '../../engine/profile.ts'
import { loadStages } from '../../engine/stages.ts'
import { verifyCase } from '../../engine/verify-case.ts'
import { REFERENCE, TINY } from '../support/checkpoint.ts'
import { temporaryFolder } from '../support/folder.ts'
import {
  comfyTiny,
  copyTokenizer,
  digest,
  joined,
  type Parts,
  type Tensor,
  type Tensors,
  withPrefix,
  writeComfyFolder,
  writeSafetensors,
} from '../support/layouts.ts'

const CASE = join(REFERENCE, 'cases', 'tiny-released-layout', 'empty-prompt.json')

/** The same shapes, other numbers. */
const trainedOn = (tensors: Tensors): Tensors =>
  new Map([...tensors].map(([name, tensor]) => [name, { ...tensor, bytes: tensor.bytes!.map((byte) => byte ^ 1) }]))

/** Places of a model in another layout: how each is made, and what MODEL then points at. */
const PLACES: readonly (readonly [string, (folder: string, parts: Parts) => Promise<string>])[] = [
  [
    "ComfyUI's folders",
    async (folder, parts) => {
      await writeComfyFolder(folder, parts)
      return folder
    },
  ],
  [
    "ComfyUI itself, with folders within its models' folders",
    async (folder, parts) => {
      await writeComfyFolder(join(folder, 'models'), parts)
      await mkdir(join(folder, 'models', 'unet', 'z-image'), { recursive: true })
      await rename(
        join(folder, 'models', 'diffusion_models', 'z_image_turbo_bf16.safetensors'),
        join(folder, 'models', 'unet', 'z-image', 'turbo.safetensors'),
      )
      return folder
    },
  ],
  [
    "the transformer's file in ComfyUI's folders",
    async (folder, parts) => {
      await writeComfyFolder(folder, parts)
      await copyTokenizer(join(folder, 'diffusion_models'))
      return join(folder, 'diffusion_models', 'z_image_turbo_bf16.safetensors')
    },
  ],
  [
    'three files in one folder',
    async (folder, { transformer, textEncoder, vae }) => {
      await writeSafetensors(join(folder, 'a.safetensors'), withPrefix('model.diffusion_model.', transformer))
      await writeSafetensors(join(folder, 'b.safetensors'), textEncoder)
      await writeSafetensors(join(folder, 'c.sft'), vae)
      return folder
    },
  ],
  [
    'one file of all parts',
    async (folder, parts) => {
      await writeSafetensors(join(folder, 'z-image-turbo-aio.safetensors'), joined(parts))
      return join(folder, 'z-image-turbo-aio.safetensors')
    },
  ],
]

describe('the tiny model in another layout', () => {
  let parts: Parts
  let pixels: string
  const request = { prompt: 'a fox', widthPx: 48, heightPx: 48, steps: 2, guidance: 0, seed: 7 }
  const draw = async (path: string) => {
    const stages = await loadStages(path, { device: 'cpu', threads: 1 })
    const report = await verifyCase(stages, 'cpu', CASE)
    const [picture] = await generate(stages, request)
    await stages.release()
    return { ok: report.ok, pixels: digest((picture as { pixels: Uint8Array }).pixels) }
  }
  beforeAll(async () => {
    parts = await comfyTiny()
    pixels = (await draw(TINY)).pixels
  })

  it.each(PLACES)('draws the very same pictures from %s', async (_, write) => {
    const folder = temporaryFolder()
    await copyTokenizer(folder)
    const path = await write(folder, parts)
    expect(await draw(path)).toEqual({ ok: true, pixels })
  })

  it("has a tokenizer of its own in ComfyUI's folder, also where MODEL points at the transformer", async () => {
    const folder = temporaryFolder()
    await copyTokenizer(folder)
    await writeComfyFolder(folder, parts)
    const { tokenizer } = await openCheckpoint(join(folder, 'diffusion_models', 'z_image_turbo_bf16.safetensors'))
    expect(tokenizer).toBe(join(folder, 'tokenizer'))
  })

  it('has the configuration of the released layout, read off its shapes', async () => {
    const folder = temporaryFolder()
    await writeComfyFolder(folder, parts)
    const { config } = await openCheckpoint(folder)
    expect(config).toEqual(await readCheckpointConfig(TINY))
  })

  it.each([
    ['transformer.layers.0.attention.to_q.lora_A.weight', /it\.safetensors is a LoRA, which is not read/],
    ['diffusion_model.layers.0.attention.to_q.lora_B.default.weight', /it\.safetensors is a LoRA, which is not read/],
    ['lora_unet_layers_0_attention_to_q.lora_down.weight', /it\.safetensors is a LoRA, which is not read/],
    ['siglip_embedder.0.weight', /it\.safetensors is a Z-Image that reads pictures too \(Omni, Edit\)/],
  ])('is told from what people take for one (%s)', async (name, words) => {
    const folder = temporaryFolder()
    const own: Tensors = new Map([
      ...(name.startsWith('siglip') ? parts.transformer : []),
      [name, { dtype: 'BF16', shape: [4] }],
    ])
    await writeSafetensors(join(folder, 'it.safetensors'), own)
    for (const given of [folder, join(folder, 'it.safetensors')])
      await expect(openCheckpoint(given)).rejects.toThrow(words)
  })

  it('is not one of several shards', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'diffusion_pytorch_model-00001-of-00003.safetensors')
    await writeSafetensors(path, parts.transformer)
    for (const given of [folder, path]) await expect(openCheckpoint(given)).rejects.toThrow(/one of several shards/)
  })

  it("in the hub's own cache is where its snapshots are", async () => {
    const folder = join(temporaryFolder(), 'models--Tongyi-MAI--Z-Image-Turbo')
    await mkdir(join(folder, 'snapshots'), { recursive: true })
    await expect(openCheckpoint(folder)).rejects.toThrow(`point MODEL at the folder in ${join(folder, 'snapshots')}`)
  })

  it('takes the parts of its own file before those beside it', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'aio.safetensors')
    await writeSafetensors(path, joined(parts))
    await writeSafetensors(join(folder, 'ae.safetensors'), parts.vae)
    const { vae } = await openCheckpoint(path)
    expect(vae.get('decoder.conv_in.weight')?.file).toBe(path)
  })

  it('is found among the files of other models', async () => {
    const folder = temporaryFolder()
    await writeComfyFolder(folder, parts)
    const { textEncoder, vae, transformer } = parts
    const none = (dtype: Tensor['dtype'], ...shape: number[]): Tensor => ({ dtype, shape })
    const strangers: Record<string, Tensors> = {
      'diffusion_models/flux1-dev.safetensors': new Map([
        ['double_blocks.0.img_attn.qkv.weight', none('F8_E4M3', 6, 2)],
      ]),
      'diffusion_models/lumina_2.safetensors': new Map([...transformer].filter(([name]) => name !== 'cap_pad_token')),
      'diffusion_models/z_image_pixel.safetensors': new Map([
        ...transformer,
        ['dec_net.cond_embed.weight', none('BF16', 4)],
      ]),
      'diffusion_models/z_image_omni.safetensors': new Map([
        ...transformer,
        ['siglip_embedder.0.weight', none('BF16', 4)],
      ]),
      'text_encoders/qwen_3_8b.safetensors': new Map([
        ...textEncoder,
        ['model.embed_tokens.weight', none('BF16', 585, 128)],
      ]),
      'text_encoders/gemma_3.safetensors': new Map([
        ...textEncoder,
        ['model.layers.0.pre_feedforward_layernorm.weight', none('BF16', 64)],
      ]),
      'text_encoders/qwen_3_vl.safetensors': new Map([...textEncoder, ['visual.patch_embed.weight', none('BF16', 4)]]),
      'vae/sdxl_vae.safetensors': new Map([...vae, ['decoder.conv_in.weight', none('BF16', 32, 4, 3, 3)]]),
    }
    for (const [name, tensors] of Object.entries(strangers)) await writeSafetensors(join(folder, name), tensors)
    await writeFile(join(folder, 'vae', 'broken.safetensors'), 'oops')
    await writeFile(join(folder, 'text_encoders', 'qwen.gguf'), 'GGUF')
    const { transformer: found } = await openCheckpoint(folder)
    expect(basename(found.get('cap_pad_token')?.file as string)).toBe('z_image_turbo_bf16.safetensors')
  })

  it.each([
    ['fp8', 'F8_E4M3 (fp8)', (name: string): [string, Tensor['dtype']] => [name, 'F8_E4M3']],
    // As GPTQ and AWQ do: some layers, each in whole words.
    [
      'int4',
      'I32',
      (name: string): [string, Tensor['dtype']] =>
        name.includes('feed_forward') ? [name.replace(/weight$/, 'qweight'), 'I32'] : [name, 'BF16'],
    ],
  ])('prefers the bfloat16 file to one that another program has quantised (%s)', async (kind, told, quantised) => {
    const folder = temporaryFolder()
    await writeComfyFolder(folder, parts)
    const foreign = new Map<string, Tensor>(
      [...parts.transformer].map(([name, { shape }]) => {
        const [stored, dtype] = quantised(name)
        return [stored, { dtype, shape }]
      }),
    )
    await writeSafetensors(join(folder, 'diffusion_models', `z_image_turbo_${kind}.safetensors`), foreign)
    expect((await openCheckpoint(folder)).name).toBe('z_image_turbo_bf16')
    await rm(join(folder, 'diffusion_models', 'z_image_turbo_bf16.safetensors'))
    await expect(openCheckpoint(folder)).rejects.toMatchObject({
      code: 'unknown-architecture',
      message: expect.stringContaining(
        `z_image_turbo_${kind}.safetensors: expected weights in bfloat16, float16 or float32, or a folder that \`models prepare\` wrote, got ${told}`,
      ),
    })
  })

  it('is refused by the names of both files where two transformers are, until MODEL points at one', async () => {
    const folder = temporaryFolder()
    await writeComfyFolder(folder, parts)
    const [turbo, base] = ['z_image_turbo_bf16.safetensors', 'z_image_bf16.safetensors'].map((name) =>
      join(folder, 'diffusion_models', name),
    ) as [string, string]
    await copyFile(turbo, base)
    await expect(openCheckpoint(folder)).rejects.toMatchObject({
      code: 'checkpoint-missing',
      message: expect.stringContaining(`found 2: ${base}, ${turbo}; point MODEL at one of these files`),
    })
    expect((await openCheckpoint(base)).name).toBe('z_image_bf16')
  })

  it('is refused by the names of both files where two VAEs fit, until one lies beside the transformer', async () => {
    const folder = temporaryFolder()
    await writeComfyFolder(folder, parts)
    const [one, other] = ['ae.safetensors', 'sd3.safetensors'].map((name) => join(folder, 'vae', name)) as [
      string,
      string,
    ]
    await writeSafetensors(other, trainedOn(parts.vae))
    await expect(openCheckpoint(folder)).rejects.toMatchObject({
      code: 'checkpoint-missing',
      message: expect.stringContaining(`expected one VAE with 16 latent channels, found 2: ${one}, ${other}`),
    })
    await symlink(other, join(folder, 'diffusion_models', 'vae.safetensors'))
    const { vae } = await openCheckpoint(folder)
    expect(vae.get('decoder.conv_in.bias')?.file).toBe(other)
  })

  it('takes the VAE in a file of its own where the checkpoints of other models have fitting ones too', async () => {
    const folder = temporaryFolder()
    await writeComfyFolder(folder, parts)
    for (const [name, prefix] of [
      ['sd3.5_large.safetensors', 'first_stage_model.'],
      ['flux1-dev.safetensors', 'vae.'],
    ] as const) {
      const stranger: [string, Tensor] = ['model.diffusion_model.joint_blocks.0.weight', { dtype: 'BF16', shape: [4] }]
      const tensors = new Map([stranger, ...withPrefix(prefix, trainedOn(parts.vae))])
      await writeSafetensors(join(folder, 'checkpoints', name), tensors)
    }
    const { vae } = await openCheckpoint(folder)
    expect(vae.get('decoder.conv_in.bias')?.file).toBe(join(folder, 'vae', 'ae.safetensors'))
  })

  it('takes the first of equal files, whatever else they are called', async () => {
    const folder = temporaryFolder()
    await writeComfyFolder(folder, parts)
    await copyFile(join(folder, 'vae', 'ae.safetensors'), join(folder, 'vae', 'flux_vae.safetensors'))
    const { vae } = await openCheckpoint(folder)
    expect(vae.get('decoder.conv_in.bias')?.file).toBe(join(folder, 'vae', 'ae.safetensors'))
  })

  it.each([
    ['text_encoders', 'expected a text encoder (Qwen3, hidden size 64)'],
    ['vae', 'expected a VAE with 16 latent channels'],
    ['diffusion_models', 'expected a model in the released layout, or a .safetensors file with a Z-Image transformer'],
  ])('is refused without its %s, with the files that were passed over', async (room, message) => {
    const folder = temporaryFolder()
    await writeComfyFolder(folder, parts)
    await rm(join(folder, room), { recursive: true })
    await writeFile(join(folder, 'model-Q4_K.gguf'), 'GGUF')
    await expect(openCheckpoint(folder)).rejects.toMatchObject({
      code: 'checkpoint-missing',
      message: expect.stringMatching(/found (none|neither) \(.*model-Q4_K\.gguf is GGUF, which is not read\)/),
    })
    await expect(openCheckpoint(folder)).rejects.toThrow(message)
  })

  it('names a tensor that is not there, in the released spelling', async () => {
    const folder = temporaryFolder()
    await writeComfyFolder(folder, {
      ...parts,
      transformer: new Map([...parts.transformer].filter(([name]) => name !== 'layers.0.attention.out.weight')),
    })
    await expect(loadStages(folder, { device: 'cpu' })).rejects.toThrow(
      'layers.0.attention.to_out.0.weight: expected shape [96,96], got none (for the denoiser)',
    )
  })

  it('says that a file broke off, and where', async () => {
    const folder = temporaryFolder()
    await writeComfyFolder(folder, parts)
    await truncate(join(folder, 'vae', 'ae.safetensors'), 100_000)
    await expect(openCheckpoint(folder)).rejects.toMatchObject({
      code: 'checkpoint-corrupt',
      message: expect.stringMatching(/ae\.safetensors: truncated: \S+ ends at byte \d+, the file has only 100000/),
    })
  })

  it.each([
    ['z_image.gguf', 'GGUF', /got GGUF, which is not read/],
    ['diffusion_pytorch_model-00001-of-00003.safetensors', '', /one of several shards: point MODEL at the folder/],
    ['notes.safetensors', 'hello, world', /expected a safetensors file, got something else/],
  ])('says what is wrong with MODEL=%s', async (name, content, message) => {
    const path = join(temporaryFolder(), name)
    await writeFile(path, content)
    await expect(openCheckpoint(path)).rejects.toThrow(message)
  })

  it("takes Turbo's defaults where its file's name says so", async () => {
    const folder = temporaryFolder()
    await writeComfyFolder(folder, parts)
    const checkpoint = await openCheckpoint(folder)
    expect(await readProfile(checkpoint)).toMatchObject({ name: 'z_image_turbo_bf16', steps: 8 })
  })
})
