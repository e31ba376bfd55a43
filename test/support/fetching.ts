import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Trouble } from '../../engine/checkpoint/get-model.ts'
import { createModels } from '../../engine/checkpoint/models.ts'
import type { Progress } from '../../engine/checkpoint/progress.ts'
import { lockFolder } from '../../src/store/lock.ts'
import { TINY } from './checkpoint.ts'
import { temporaryFolder } from './folder.ts'
import { filesOf, openHub } from './hub.ts'

export const REPO = 'Tongyi-MAI/Z-Image-Turbo'
export const SHARD = 'transformer/diffusion_pytorch_model-00001-of-00003.safetensors'
export const VAE = 'vae/diffusion_pytorch_model.safetensors'
export const TOKEN = 'hf_marker'

export const tiny = filesOf(TINY)
export const size = (path: string) => tiny.get(path)!.length

/** A person at a machine, with a hub to fetch from. */
export async function scene({
  token = TOKEN,
  silentMs = 30_000,
  reserveBytes = 0,
}: {
  token?: string
  silentMs?: number
  reserveBytes?: number
} = {}) {
  const hub = await openHub()
  const dataDir = temporaryFolder()
  const troubles: Trouble[] = []
  const progress: Progress[] = []
  const waits: number[] = []
  const models = createModels({
    dataDir,
    configured: 'models/default',
    hub: { endpoint: hub.url, token },
    reserveBytes,
    lock: lockFolder,
    pause: async (ms) => void waits.push(ms),
    silentMs,
  })
  const folder = join(dataDir, 'models', 'z-image-turbo')
  const get = (given = 'z-image-turbo', { revision, signal }: { revision?: string; signal?: AbortSignal } = {}) =>
    models.get(given, revision, {
      signal: signal ?? new AbortController().signal,
      onProgress: (step) => void progress.push(step),
      onTrouble: (trouble) => void troubles.push(trouble),
    })
  return { hub, dataDir, models, folder, partial: `${folder}.partial`, get, troubles, progress, waits }
}

export async function expectWhole(folder: string): Promise<void> {
  const got = filesOf(folder)
  got.delete('source.json')
  expect([...got.keys()].sort()).toEqual([...tiny.keys()].sort())
  for (const [path, content] of tiny) expect(content.equals(got.get(path)!), path).toBe(true)
}

/** 0 where there is none. */
export async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0
}
