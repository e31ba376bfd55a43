import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import type { PartName } from '../../bench/gpu-part.ts'
import { runJson } from '../../bench/json-process.ts'
import { copyOfTiny, overwriteTensor, TINY } from '../support/checkpoint.ts'
import { temporaryFolder } from '../support/folder.ts'

const PART = join(import.meta.dirname, '..', '..', 'bench', 'gpu-part.ts')
const NOT_A_NUMBER = 0xff
// Each starts processes that load the whole engine.
const LIMIT_MS = 300_000

vi.setConfig({ testTimeout: LIMIT_MS })

const run = <T>(name: PartName, asked: object) =>
  runJson<T>(process.execPath, [PART, name, JSON.stringify(asked)], { limitMs: LIMIT_MS })

test('what was measured before the decoding failed is told, with the engine that it was measured on', async () => {
  const model = await copyOfTiny()
  const vae = join(model, 'vae', 'diffusion_pytorch_model.safetensors')
  await overwriteTensor(vae, 'decoder.conv_out.bias', NOT_A_NUMBER)
  const work = { device: 'cpu', model, sizePx: 64, steps: 1, runs: 1 }
  expect(await run('stages', work)).toEqual({
    printed: {
      engine: {
        attention: { kind: 'fused', products: 'float32', notes: [] },
        memory: expect.objectContaining({ inStrips: false, textEncoder: 'resident' }),
      },
      loadSeconds: expect.any(Number),
      promptSeconds: expect.any(Number),
      denoiserSeconds: expect.any(Number),
      tflop: expect.any(Number),
      hostPeakMb: expect.any(Number),
    },
    failure: expect.stringContaining('finite numbers in the picture'),
  })
})

test('the reference cases hold in every precision', async () => {
  const { printed } = await run<{ reports: { precision: string; ok: boolean }[] }>('cases', {
    device: 'cpu',
    names: ['empty-prompt', 'guidance'],
  })
  expect(printed?.reports.map(({ precision, ok }) => [precision, ok])).toEqual(
    ['as it is', 'bfloat16', 'float16', 'int8', 'int4'].flatMap((name) => [
      [name, true],
      [name, true],
    ]),
  )
})

test('a model that was prepared is not prepared again', async () => {
  const asked = { source: TINY, target: join(temporaryFolder(), 'int8'), precision: 'int8' }
  const recipe = () => readFile(join(asked.target, 'recipe.json'))
  expect((await run('prepare', asked)).failure).toBeUndefined()
  const before = await recipe()
  expect((await run('prepare', asked)).failure).toBeUndefined()
  expect(await recipe()).toEqual(before)
})
