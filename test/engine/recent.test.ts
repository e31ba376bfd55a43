import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generate } from '../../engine/pipeline.ts'
import { createRecent } from '../../engine/recent.ts'
import { loadStages, type Stages } from '../../engine/stages.ts'
import { TINY } from '../support/checkpoint.ts'

describe('a prompt that was drawn lately', () => {
  let stages: Stages
  const encoded: number[] = []
  beforeAll(async () => {
    const loaded = await loadStages(join(TINY), { device: 'cpu' })
    stages = {
      ...loaded,
      embed(ids) {
        encoded.push(ids.length)
        return loaded.embed(ids)
      },
    }
  })
  afterAll(() => stages.release())

  it('is drawn again without the text encoder, and the same', async () => {
    const request = { prompt: 'a red fox', widthPx: 64, heightPx: 64, steps: 2, guidance: 0, seed: 5 }
    const [first] = await generate(stages, request)
    const [again] = await generate(stages, request)
    expect(encoded).toHaveLength(1)
    expect(again?.pixels).toEqual(first?.pixels)
    await generate(stages, { ...request, prompt: 'a blue fox' })
    expect(encoded).toHaveLength(2)
  })
})

describe('what is kept', () => {
  it('is what was used last, within its size', async () => {
    const recent = createRecent<string>(3, (text) => text.length)
    const made: string[] = []
    const get = (name: string) =>
      recent.get(name, async () => {
        made.push(name)
        return 'x'
      })
    for (const name of ['a', 'b', 'c', 'a', 'd', 'a', 'b']) await get(name)
    expect(made).toEqual(['a', 'b', 'c', 'd', 'b'])
  })

  it('is nothing that failed, and nothing that is too large by itself', async () => {
    const recent = createRecent<string>(3, (text) => text.length)
    await expect(recent.get('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await recent.get('a', async () => 'long text')).toBe('long text')
    expect(await recent.get('a', async () => 'ok')).toBe('ok')
  })
})
