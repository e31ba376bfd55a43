import { readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Checkpoint, openCheckpoint } from '../../engine/checkpoint/checkpoint.ts'
import { type CheckpointConfig, readCheckpointConfig } from '../../engine/checkpoint/config.ts'
import type { TensorIndex } from '../../engine/checkpoint/found.ts'
import { DTYPE_BYTES, readSafetensorsHeader, type StoredTensor } from '../../engine/checkpoint/safetensors.ts'
import { buildTextEncoder } from '../../engine/graph/text-encoder.ts'
import { buildContext, buildDenoiser } from '../../engine/graph/transformer.ts'
import { buildVaeDecoder } from '../../engine/graph/vae.ts'
import { readProfile } from '../../engine/profile.ts'
import { openPromptEncoder } from '../../engine/prompt.ts'
import { REFERENCE } from '../support/checkpoint.ts'
import { temporaryFolder } from '../support/folder.ts'
import {
  comfyTransformer,
  joined,
  originalVae,
  type Parts,
  type Recipe,
  respell,
  TEXT_PREFIX,
  type Tensor,
  type Tensors,
  writeComfyFolder,
  writeSafetensors,
} from '../support/layouts.ts'

const OFFICIAL = join(REFERENCE, 'official')

describe('the full-size model in another layout, without its weights', () => {
  let config: CheckpointConfig
  let recipes: { readonly transformer: readonly Recipe[]; readonly vae: readonly Recipe[] }
  let parts: Parts
  beforeAll(async () => {
    config = await readCheckpointConfig(OFFICIAL)
    recipes = { transformer: comfyTransformer(30, 2), vae: originalVae([128, 256, 512, 512], 2) }
    parts = {
      transformer: respell(recipes.transformer, await official('transformer')),
      textEncoder: await official('text_encoder'),
      vae: respell(recipes.vae, await official('vae')),
    }
  })

  /** The released tensors, in bfloat16. */
  async function official(part: string): Promise<Tensors> {
    const { tensors } = JSON.parse(await readFile(join(OFFICIAL, part, 'tensors.json'), 'utf8'))
    return new Map(
      Object.entries(tensors as Record<string, Tensor>).map(([name, { shape }]) => [name, { dtype: 'BF16', shape }]),
    )
  }

  /** Each released tensor lies where the recipe says, with its shape; and there are no others. */
  async function expectInPlace(
    part: string,
    index: TensorIndex,
    { path, prefix, recipe }: { path: string; prefix: string; recipe: readonly Recipe[] },
  ): Promise<void> {
    const released = await official(part)
    const file = await readSafetensorsHeader(path)
    const expected = recipe.flatMap(({ name, from }) => {
      let { offset } = file.get(prefix + name) as StoredTensor
      return from.map((tensor): [string, StoredTensor] => {
        const { dtype, shape } = released.get(tensor) as Tensor
        const place = { dtype, shape, file: path, offset, length: shape.reduce((a, b) => a * b, DTYPE_BYTES[dtype]) }
        offset += place.length
        return [tensor.replace(/^model\./, ''), place]
      })
    })
    expect(expected).toHaveLength(released.size)
    expect(new Map([...index].toSorted())).toEqual(new Map(expected.toSorted()))
  }

  /** The graphs find what they ask for, and no byte is in two of their weights. */
  function expectBuildable({ transformer, textEncoder, vae }: Checkpoint): void {
    const graphs = [
      [buildContext(config.transformer, transformer), transformer],
      [buildDenoiser(config.transformer, transformer), transformer],
      [buildTextEncoder(config.textEncoder, textEncoder), textEncoder],
      [buildVaeDecoder(config.vae, vae), vae],
    ] as const
    const used = graphs
      .flatMap(([graph, index]) => graph.tensors.map((name) => index.get(name) as StoredTensor))
      .toSorted((a, b) => (a.file === b.file ? a.offset - b.offset : a.file < b.file ? -1 : 1))
    expect(used).toHaveLength(521 + (398 - 13) + 138)
    for (const [i, { file, offset }] of used.entries()) {
      const before = used[i - 1]
      if (before?.file === file) expect(offset).toBeGreaterThanOrEqual(before.offset + before.length)
    }
  }

  const textRecipe = async () => Array.from((await official('text_encoder')).keys(), (name) => ({ name, from: [name] }))

  it("finds all 521 + 398 + 244 tensors in ComfyUI's three files, each once, at its bytes", async () => {
    const folder = temporaryFolder()
    await writeComfyFolder(folder, parts)
    const checkpoint = await openCheckpoint(folder)
    expect(checkpoint.config).toEqual(config)
    await expectInPlace('transformer', checkpoint.transformer, {
      path: join(folder, 'diffusion_models', 'z_image_turbo_bf16.safetensors'),
      prefix: '',
      recipe: recipes.transformer,
    })
    await expectInPlace('text_encoder', checkpoint.textEncoder, {
      path: join(folder, 'text_encoders', 'qwen_3_4b.safetensors'),
      prefix: '',
      recipe: await textRecipe(),
    })
    await expectInPlace('vae', checkpoint.vae, {
      path: join(folder, 'vae', 'ae.safetensors'),
      prefix: '',
      recipe: recipes.vae,
    })
    expectBuildable(checkpoint)
  })

  it('finds them all in one file', async () => {
    const path = join(temporaryFolder(), 'z_image_turbo.safetensors')
    await writeSafetensors(path, joined(parts))
    const checkpoint = await openCheckpoint(path)
    expect(checkpoint.config).toEqual(config)
    await expectInPlace('transformer', checkpoint.transformer, {
      path,
      prefix: 'model.diffusion_model.',
      recipe: recipes.transformer,
    })
    await expectInPlace('text_encoder', checkpoint.textEncoder, {
      path,
      prefix: TEXT_PREFIX,
      recipe: await textRecipe(),
    })
    await expectInPlace('vae', checkpoint.vae, { path, prefix: 'vae.', recipe: recipes.vae })
    expectBuildable(checkpoint)
  })

  it("reads prompts with Qwen's own tokenizer", async () => {
    const folder = temporaryFolder()
    await writeComfyFolder(folder, parts)
    const prompts = await openPromptEncoder((await openCheckpoint(folder)).tokenizer)
    const cases = JSON.parse(await readFile(join(OFFICIAL, 'tokenizer-cases.json'), 'utf8'))
    expect(cases.map(({ prompt }: { prompt: string }) => prompts.encode(prompt))).toEqual(
      cases.map(({ input_ids }: { input_ids: number[] }) => input_ids),
    )
  })

  it.each([
    ['z_image_turbo_bf16', { steps: 8, guidance: 0, negativePrompt: false }],
    ['z_image_bf16', { steps: 28, guidance: 4, negativePrompt: true }],
  ])('takes the defaults of %s', async (name, defaults) => {
    const folder = temporaryFolder()
    await writeComfyFolder(folder, parts)
    const path = join(folder, 'diffusion_models', `${name}.safetensors`)
    await rename(join(folder, 'diffusion_models', 'z_image_turbo_bf16.safetensors'), path)
    expect(await readProfile(await openCheckpoint(path))).toMatchObject({ name, widthPx: 1024, ...defaults })
  })
})
