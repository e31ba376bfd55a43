import { mkdir, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { openCheckpoint } from '../../engine/checkpoint/checkpoint.ts'
import { prepareModel } from '../../engine/checkpoint/prepare.ts'
import { GraphBuilder } from '../../engine/graph/builder.ts'
import { openLaidOut } from '../../engine/laid-out.ts'
import { floats } from '../../engine/session.ts'
import { loadStages } from '../../engine/stages.ts'
import { DEFAULT_MODEL } from '../support/checkpoint.ts'
import { temporaryFolder } from '../support/folder.ts'

describe('the weights of a prepared model, laid out for this CPU', () => {
  let model: string
  beforeEach(async () => {
    model = join(temporaryFolder(), 'small')
    await prepareModel({ source: DEFAULT_MODEL, target: model, precision: 'int8' })
  })

  const refine = async () => {
    const stages = await loadStages(model, { device: 'cpu' })
    const embeddings = Float32Array.from({ length: stages.checkpoint.config.textEncoder.hidden_size }, (_, i) => i % 7)
    const { values } = await stages.refine(embeddings).finally(() => stages.release())
    return values
  }

  /** What is kept of the part that refines captions. */
  const kept = async () => {
    const all = join(model, 'laid-out', 'context')
    const names = await readdir(all)
    expect(names).toHaveLength(1)
    return join(all, names[0]!)
  }

  it('are kept, but for small blocks, which the runtime does not read back rightly', async () => {
    await refine()
    expect((await readdir(join(model, 'laid-out'))).toSorted()).toEqual(['context', 'denoiser'])
  })

  it('are what is read from then on', async () => {
    const first = await refine()
    const weights = join(await kept(), 'weights.bin')
    expect(await refine()).toEqual(first)
    await writeFile(weights, new Uint8Array((await stat(weights)).size))
    expect(await refine()).not.toEqual(first)
  })

  it('are made anew where they were cut short', async () => {
    const first = await refine()
    const weights = join(await kept(), 'weights.bin')
    const { size } = await stat(weights)
    await truncate(weights, size / 2)
    expect(await refine()).toEqual(first)
    expect((await stat(weights)).size).toBe(size)
  })

  it('take the place of those for another CPU', async () => {
    const first = await refine()
    const own = await kept()
    await rm(own, { recursive: true })
    await mkdir(join(dirname(own), 'of-another-cpu'))
    expect(await refine()).toEqual(first)
    expect(await kept()).toBe(own)
  })

  it('are not kept, nor made again, where they give other numbers', async () => {
    const checkpoint = await openCheckpoint(model)
    const g = new GraphBuilder('product', new Map())
    const x = g.input('x', 'float32', [1, 32])
    g.output('y', g.op('MatMul', [x, g.constant(new Float32Array(32 * 32).fill(2), [32, 32])]), [1, 32])
    const graph = g.finish()
    const trials: number[] = []
    const trial = async () => Float32Array.of(trials.push(0))
    for (let i = 0; i < 2; i++) {
      const session = await (await openLaidOut(model, checkpoint)).open(graph, new Map(), { device: 'cpu' }, trial)
      expect(await session.run({ x: floats(new Float32Array(32).fill(1), 1, 32) })).toEqual(
        new Float32Array(32).fill(64),
      )
      await session.release()
    }
    expect(trials).toHaveLength(2)
  })

  it('are not kept where they cannot be written', async () => {
    await writeFile(join(model, 'laid-out'), 'in the way')
    expect((await refine()).every(Number.isFinite)).toBe(true)
  })

  it('are not made of floats, which would fill the disk', async () => {
    const floats = `${model}-floats`
    await prepareModel({ source: DEFAULT_MODEL, target: floats, precision: 'float16' })
    model = floats
    await refine()
    expect(await readdir(floats)).not.toContain('laid-out')
  })
})
