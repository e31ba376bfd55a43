import { expect, test } from 'vitest'
import { matrixProducts } from '../../bench/matmul.ts'
import { createSession } from '../../engine/session.ts'

test('the peak is measured with numbers that vary and, after many products, are as large as before', async () => {
  const { graph, inputs } = matrixProducts('float32', 256, 32)
  const session = await createSession(graph, { device: 'cpu' })
  const y = await session.run(inputs)
  await session.release()
  const deviation = Math.sqrt(y.reduce((sum, value) => sum + value ** 2, 0) / y.length)
  expect(new Set(y).size).toBeGreaterThan(200)
  // float16 ends at 65,504, and loses digits below 0.00006.
  expect(deviation).toBeGreaterThan(1)
  expect(deviation).toBeLessThan(10_000)
})
