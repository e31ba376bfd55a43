import { join } from 'node:path'
import { InferenceSession } from 'onnxruntime-node'
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type CheckpointConfig, readCheckpointConfig } from '../../engine/checkpoint/config.ts'
import { GraphBuilder } from '../../engine/graph/builder.ts'
import type { AttentionKind } from '../../engine/graph/kernels.ts'
import { HEADS_AT_A_TIME } from '../../engine/graph/layers.ts'
import { type MemoryNeeds, planMemory } from '../../engine/memory-plan.ts'
import { readProfile } from '../../engine/profile.ts'
import { createSession, floats, onDemand } from '../../engine/session.ts'
import { loadStages } from '../../engine/stages.ts'
import { stripBytes, wholeBytes } from '../../engine/vae-plan.ts'
import { verifyCase } from '../../engine/verify-case.ts'
import { REFERENCE, TINY } from '../support/checkpoint.ts'

const GIGABYTE = 1e9
const memory = (gigabytes: number) => ({
  totalBytes: gigabytes * GIGABYTE,
  freeBytes: gigabytes * GIGABYTE,
})

describe('the released model in int4 on a GPU', () => {
  let config: CheckpointConfig
  let needs: MemoryNeeds
  beforeAll(async () => {
    config = await readCheckpointConfig(join(REFERENCE, 'official'))
    needs = {
      model: 'z-image-turbo-int4',
      device: 'cuda',
      config,
      profile: await readProfile({ folder: join(REFERENCE, 'official'), name: 'z-image-turbo', config }),
      attention: 'fused',
      products: 'float16',
      weightBytes: { textEncoder: 2.1 * GIGABYTE, transformer: 4 * GIGABYTE, vae: 0.34 * GIGABYTE },
      deviceMemory: memory(24),
      hostMemory: memory(32),
    }
  })

  it('draws its largest pictures on a card of 24 GB, and decodes whole what fits beside the rest', () => {
    const plan = planMemory({ ...needs, deviceMemory: memory(24) })
    expect(plan).toMatchObject({ textEncoder: 'resident', together: 2, note: { edgePx: 2048 } })
    expect(plan.note).toMatchObject({ edgePx: 2048, freeBytes: 24 * GIGABYTE, inStrips: true })
    expect(plan.note.wholePx).toBeGreaterThan(1536)
    expect(plan.decoding.wholePixels).toBe(plan.note.wholePx! ** 2)
  })

  it('stays whole where everything fits', () => {
    const { decoding, note } = planMemory({ ...needs, deviceMemory: memory(32) })
    expect(decoding.wholePixels).toBe(Infinity)
    expect(note.inStrips).toBe(false)
  })

  it('gives up one thing after the other as cards get smaller, and never promises more than there is', () => {
    const plans = [26, 12, 10, 8, 7, 6].map((gigabytes) => planMemory({ ...needs, deviceMemory: memory(gigabytes) }))
    for (const [i, plan] of plans.entries()) {
      expect(plan.note.deviceBytes).toBeLessThanOrEqual([26, 12, 10, 8, 7, 6][i]! * GIGABYTE)
      expect(plan.note.edgePx).toBeLessThanOrEqual(plans[Math.max(0, i - 1)]!.note.edgePx)
    }
    expect(plans[3]!.note.edgePx).toBeGreaterThanOrEqual(1024)
    expect(plans[3]!.decoding.wholePixels).toBeLessThan(Infinity)
    expect(plans.some(({ textEncoder }) => textEncoder !== 'resident')).toBe(true)
  })

  it('draws with guidance one caption after the other before it decodes usual pictures in strips', () => {
    const plan = planMemory({ ...needs, deviceMemory: memory(16) })
    expect(plan).toMatchObject({ together: 1, textEncoder: 'resident', note: { edgePx: 2048 } })
    expect(plan.note.wholePx).toBeGreaterThanOrEqual(1024)
  })

  it('keeps no decoder for small pictures on the CPU, where strips are as fast', () => {
    const plan = (gigabytes: number) =>
      planMemory({ ...needs, device: 'cpu', deviceMemory: memory(gigabytes), hostMemory: memory(gigabytes) })
    expect(plan(18).decoding.wholePixels).toBe(0)
    expect(plan(64).decoding.wholePixels).toBe(Infinity)
  })

  it('has on the CPU what a denoiser was measured to take', () => {
    const edgePx = 512
    const { note } = planMemory({
      ...needs,
      device: 'cpu',
      products: 'float32',
      config: { ...config, transformer: { ...config.transformer, dim: 1536, n_heads: 12 } },
      profile: { ...needs.profile, maxEdgePx: edgePx, maxTokens: 128 },
      weightBytes: { textEncoder: 0, transformer: 0, vae: 0 },
    })
    const decoding = wholeBytes(config.vae, edgePx)
    // Two captions of 128 tokens: 230 MB.
    expect(note.deviceBytes - decoding.deviceBytes - decoding.hostBytes).toBeGreaterThan(230 * 2 ** 20)
  })

  it('has room for all that is there at once: weights, a long prompt, two captions, and their scores', () => {
    const bytes = (change: Partial<MemoryNeeds> = {}) =>
      planMemory({ ...needs, deviceMemory: undefined, ...change }).note.deviceBytes
    for (const part of ['textEncoder', 'transformer', 'vae'] as const)
      expect(bytes({ weightBytes: { ...needs.weightBytes, [part]: 0 } })).toBe(bytes() - needs.weightBytes[part])
    // Twice the heads, each half as wide, have twice the scores: before and after the softmax.
    const { num_attention_heads, head_dim, ...text } = config.textEncoder
    const textEncoder = { ...text, num_attention_heads: 2 * num_attention_heads, head_dim: head_dim / 2 }
    expect(bytes({ config: { ...config, textEncoder } }) - bytes()).toBe(2 * num_attention_heads * 512 ** 2 * 4)
    const [captions, tokens] = [2, 128 ** 2 + 512]
    const scores = 2 * HEADS_AT_A_TIME * captions * tokens ** 2 * 4
    const decoding = (attention: AttentionKind) => wholeBytes(config.vae, 2048, attention).deviceBytes
    expect(decoding('decomposed')).toBe(2 * 256 ** 4 * 4)
    expect(bytes({ attention: 'decomposed' }) - bytes()).toBe(scores + decoding('decomposed') - decoding('fused'))
  })

  it('has room for a strip and for the maps beside it, on the CPU in the same memory', () => {
    const { note } = planMemory({
      ...needs,
      device: 'cpu',
      config: { ...config, transformer: { ...config.transformer, dim: 16 } },
      profile: { ...needs.profile, maxTokens: 1 },
      weightBytes: { textEncoder: 0, transformer: 0, vae: 0 },
      deviceMemory: memory(8),
      hostMemory: memory(8),
    })
    const { deviceBytes, hostBytes } = stripBytes(config.vae, 2048, 128 ** 2)
    expect(note).toMatchObject({ edgePx: 2048, inStrips: true })
    expect(note.deviceBytes).toBeGreaterThan(deviceBytes + hostBytes)
  })

  it('is refused with the numbers where nothing fits, and with what to do', () => {
    const small = () => planMemory({ ...needs, deviceMemory: memory(3) })
    expect(small).toThrow(
      /z-image-turbo-int4 on cuda: expected \d\.\d GB of free memory and \d\.\d GB on the host for 256×256, found 3\.0 GB and 32\.0 GB; `npm start -- models prepare` makes it smaller/,
    )
    expect(small).toThrow(expect.objectContaining({ code: 'out-of-memory' }))
  })

  it('is taken with the memory that the refusal asks for, on the device and on the host', () => {
    const planWith = (device: number, host: number) => () =>
      planMemory({ ...needs, deviceMemory: memory(device), hostMemory: memory(host) })
    let refusal = ''
    try {
      planWith(1, 1)()
    } catch (error) {
      refusal = (error as Error).message
    }
    const [device, host] = /expected ([\d.]+) GB of free memory and ([\d.]+) GB/.exec(refusal)!.slice(1).map(Number)
    expect(planWith(device!, host!)).not.toThrow()
    expect(planWith(device!, host! - 0.1)).toThrow(refusal.split(', found')[0])
  })

  it('tells a small model how many megabytes are missing', () => {
    const weightBytes = { textEncoder: 1e6, transformer: 20e6, vae: 1e6 }
    const small = {
      ...needs,
      device: 'cpu',
      weightBytes,
      deviceMemory: memory(0.03),
      hostMemory: memory(0.03),
    } as const
    expect(() => planMemory(small)).toThrow(/expected \d+ MB of free memory for 256×256, found 30 MB/)
  })

  it('is tried as it is where nobody tells how much memory there is', () => {
    const plan = planMemory({ ...needs, deviceMemory: undefined })
    expect(plan).toMatchObject({ textEncoder: 'resident', decoding: { wholePixels: Infinity }, note: { edgePx: 2048 } })
    expect(plan.note.freeBytes).toBeUndefined()
  })

  it('needs room on the host for the text encoder where that is read there', () => {
    const onHost = planMemory({ ...needs, deviceMemory: memory(6) })
    const poor = () => planMemory({ ...needs, deviceMemory: memory(6), hostMemory: memory(0.5) })
    expect(onHost.textEncoder).toBe('cpu')
    const { edgePx, hostBytes } = onHost.note
    const maps = stripBytes(config.vae, edgePx, 256 ** 2)
    expect(hostBytes).toBeGreaterThan(needs.weightBytes.textEncoder + maps.hostBytes)
    expect(poor).toThrow(/GB on the host/)
  })
})

describe('a model that hardly fits', () => {
  it('draws what it always draws, whatever was given up for it, and leaves nothing loaded', async () => {
    let loaded = 0
    const { create } = InferenceSession
    vi.spyOn(InferenceSession, 'create').mockImplementation(async (...given: unknown[]) => {
      const session = await (create as (...given: unknown[]) => Promise<InferenceSession>)(...given)
      const { release } = session
      loaded++
      session.release = () => release.call(session).finally(() => loaded--)
      return session
    })
    onTestFinished(() => void vi.restoreAllMocks())
    const roomy = await loadStages(TINY, { device: 'cpu' })
    const { deviceBytes } = roomy.plan.note
    await roomy.release()
    const ways = new Set<string>()
    for (const share of [2, 0.9, 0.6, 0.4, 0.3, 0.2, 0.15, 0.1]) {
      const stages = await loadStages(TINY, { device: 'cpu', deviceMemoryBytes: deviceBytes * share }).catch(
        (error) => {
          expect(error).toMatchObject({ code: 'out-of-memory' })
        },
      )
      if (!stages) break
      const { textEncoder, decoding } = stages.plan
      ways.add(textEncoder).add(decoding.wholePixels === Infinity ? 'whole' : 'strips')
      const path = join(REFERENCE, 'cases', 'tiny-released-layout', 'square-128.json')
      expect(await verifyCase(stages, 'cpu', path)).toMatchObject({ ok: true })
      await stages.release()
    }
    expect([...ways].toSorted()).toEqual(['released', 'resident', 'strips', 'whole'])
    expect(loaded).toBe(0)
  })

  it('has what is loaded on demand only while it runs', async () => {
    const g = new GraphBuilder('double', new Map())
    const x = g.input('x', 'float32', [2])
    g.output('y', g.op('Add', [x, x]), [2])
    const graph = g.finish()
    const events: string[] = []
    const session = onDemand(async () => {
      const opened = await createSession(graph, { device: 'cpu' })
      events.push('opened')
      const release = () => opened.release().finally(() => events.push('released'))
      return { ...opened, [Symbol.asyncDispose]: release }
    })
    expect(events).toEqual([])
    expect(await session.run({ x: floats(Float32Array.of(1, 2), 2) })).toEqual(Float32Array.of(2, 4))
    await expect(session.run({})).rejects.toThrow()
    expect(events).toEqual(['opened', 'released', 'opened', 'released'])
  })

  it('counts on half of the memory where two engines are on the device', async () => {
    const alone = await loadStages(TINY, { device: 'cpu' })
    const memoryOfTwo = { deviceMemoryBytes: alone.plan.note.deviceBytes * 1.5 }
    await alone.release()
    const whole = await loadStages(TINY, { device: 'cpu', ...memoryOfTwo })
    const half = await loadStages(TINY, { device: 'cpu', ...memoryOfTwo, sharers: { device: 2, host: 1 } })
    expect(half.plan.note.deviceBytes).toBeLessThanOrEqual(memoryOfTwo.deviceMemoryBytes / 2)
    expect(whole.plan.note.deviceBytes).toBeGreaterThan(memoryOfTwo.deviceMemoryBytes / 2)
    await Promise.all([whole.release(), half.release()])
  })

  it('is refused before anything is loaded', async () => {
    await expect(loadStages(TINY, { device: 'cpu', deviceMemoryBytes: 1000 })).rejects.toMatchObject({
      code: 'out-of-memory',
    })
  })
})
