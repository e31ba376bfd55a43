import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type CheckpointConfig, readCheckpointConfig } from '../../engine/checkpoint/config.ts'
import { readProfile } from '../../engine/profile.ts'
import { DEFAULT_MODEL, TINY } from '../support/checkpoint.ts'
import { temporaryFolder } from '../support/folder.ts'

it.each([
  ['Z-Image-Turbo', 8],
  ['Z-Image', 28],
  ['models--Tongyi-MAI--Z-Image-Turbo/snapshots/04cc4ab', 8],
  ['models--Tongyi-MAI--Z-Image/snapshots/04cc4ab', 28],
  ['turbo/snapshots-of-mine/Z-Image', 28],
])('a release in %s has %i steps by default', async (path, steps) => {
  const { transformer, ...rest } = await readCheckpointConfig(TINY)
  const config: CheckpointConfig = { ...rest, transformer: { ...transformer, dim: 3840 } }
  expect(await readProfile({ folder: join(temporaryFolder(), path), name: 'transformer', config })).toMatchObject({
    steps,
  })
})

it("a model of somebody's own is never asked for more than the transformer has positions for", async () => {
  const { transformer, ...rest } = await readCheckpointConfig(TINY)
  const folder = temporaryFolder()
  const profileWith = (axes_lens: [number, number, number]) =>
    readProfile({ folder, name: 'mine', config: { ...rest, transformer: { ...transformer, axes_lens } } })
  expect(await profileWith([600, 512, 512])).toMatchObject({ widthPx: 256, heightPx: 256, maxEdgePx: 2048 })
  expect(await profileWith([600, 64, 5])).toMatchObject({ widthPx: 80, heightPx: 80, maxEdgePx: 80 })
})

it.each([
  [{ minEdgePx: 512, maxEdgePx: 256 }, /expected widthPx and heightPx from minEdgePx to maxEdgePx/u],
  [{ widthPx: 512 }, /expected widthPx and heightPx from minEdgePx to maxEdgePx/u],
  [{ steps: 60 }, /steps up to maxSteps/u],
  [{ maxEdgePx: 16384 }, /expected a maxEdgePx of at most \d+, for which the transformer has positions/u],
])('a profile.json with %o is refused, because it contradicts itself or the model', async (change, words) => {
  const config = await readCheckpointConfig(TINY)
  const folder = temporaryFolder()
  const own = JSON.parse(await readFile(join(DEFAULT_MODEL, 'profile.json'), 'utf8'))
  await writeFile(join(folder, 'profile.json'), JSON.stringify({ ...own, maxEdgePx: 256, ...change }))
  await expect(readProfile({ folder, name: 'mine', config })).rejects.toThrow(words)
})
