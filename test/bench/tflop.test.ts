import { join } from 'node:path'
import { expect, it } from 'vitest'
import { tflopOfEvaluation } from '../../bench/tflop.ts'
import { readCheckpointConfig } from '../../engine/checkpoint/config.ts'
import { REFERENCE } from '../support/checkpoint.ts'

it('an evaluation of the real model is 56.5 TFLOP at 1024×1024 with 128 text tokens, and 12.9 at 512×512 with 64', async () => {
  const { transformer } = await readCheckpointConfig(join(REFERENCE, 'official'))
  // The often named 56.6 counts the context refiner, which runs once a prompt.
  expect(tflopOfEvaluation(transformer, 4096, 128)).toBeCloseTo(56.5, 1)
  expect(tflopOfEvaluation(transformer, 1024, 64)).toBeCloseTo(12.9, 1)
})
