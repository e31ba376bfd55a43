import { expect, test } from 'vitest'
import { gpuTable } from '../../bench/gpu-table.ts'

test('a row tells its share of the peak, and how many times as fast as the fastest rival it is', () => {
  const own = { promptSeconds: 0.1, denoiserSeconds: 1.6, vaeSeconds: 0.3, tflop: 480, memoryMb: 14_000 }
  const eager = { promptSeconds: 0.5, denoiserSeconds: 4, vaeSeconds: 0.5 }
  const compiled = { promptSeconds: 0.5, denoiserSeconds: 2, vaeSeconds: 0.5 }
  const rows = { 'as it is': own, 'diffusers bfloat16, eager': eager, 'diffusers bfloat16, blocks compiled': compiled }
  const [, , first, second] = gpuTable(rows, 400).split('\n')
  expect(first).toBe('| as it is | 0.100 | 1.60 | 0.300 | 2.00 | 300 | 75 % | 1.50 | 14000 |')
  expect(second).toBe('| diffusers bfloat16, eager | 0.500 | 4.00 | 0.500 | 5.00 | 120 | 30 % | 0.60 |  |')
  expect(gpuTable(rows, 400)).toContain('diffusers reads every prompt padded to 512 tokens')
})

test('without a rival and without a peak their columns stay empty', () => {
  const row = { promptSeconds: 0.1, denoiserSeconds: 1.6, vaeSeconds: 0.3 }
  expect(gpuTable({ int4: row }, undefined).split('\n')[2]).toBe('| int4 | 0.100 | 1.60 | 0.300 | 2.00 |  |  |  |  |')
})

test('a row whose decoding failed shows the rest of what was measured', () => {
  const rows = { 'as it is': { promptSeconds: 0.1, denoiserSeconds: 1.6, tflop: 480 } }
  expect(gpuTable(rows, 400).split('\n')[2]).toBe('| as it is | 0.100 | 1.60 |  |  | 300 | 75 % |  |  |')
})
