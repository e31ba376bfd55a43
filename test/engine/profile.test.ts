import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type CheckpointConfig, readCheckpointConfig } from '../../engine/checkpoint/config.ts'
import { readProfile } from '../../engine/profile.ts'
import { TINY } from '../support/checkpoint.ts'
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
