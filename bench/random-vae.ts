import { copyFile, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fromFloat32 } from '../engine/checkpoint/floats.ts'
import { createSafetensors } from '../engine/checkpoint/safetensors-file.ts'
import { randn } from '../engine/noise.ts'

const OFFICIAL = join(import.meta.dirname, '..', 'test', 'reference', 'official', 'vae')

/**
 * Writes the released VAE's decoder with random weights into `folder`: its config, its tensors' names, types and shapes. Matrices
 * are scaled so that activations stay of order one. Returns the weights' file.
 */
export async function writeRandomVae(folder: string): Promise<string> {
  const { tensors } = JSON.parse(await readFile(join(OFFICIAL, 'tensors.json'), 'utf8')) as {
    tensors: Record<string, { dtype: 'BF16'; shape: number[] }>
  }
  const decoder = Object.entries(tensors)
    .filter(([name]) => name.startsWith('decoder.'))
    .map(([name, tensor]) => ({ name, ...tensor }))
  const path = join(folder, 'diffusion_pytorch_model.safetensors')
  await copyFile(join(OFFICIAL, 'config.json'), join(folder, 'config.json'))
  await rm(path, { force: true })
  const file = await createSafetensors(path, decoder)
  const noise = randn(2 ** 16, 0)
  for (const [seed, { name, dtype, shape }] of decoder.entries())
    await file.write(name, fromFloat32(weights(name, shape, noise, seed), dtype), 0)
  await file.close()
  return path
}

function weights(name: string, shape: readonly number[], noise: Float32Array, seed: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(shape.reduce((a, b) => a * b))
  if (shape.length === 1) return values.fill(name.endsWith('.weight') ? 1 : 0)
  const scale = 1 / Math.sqrt(values.length / (shape[0] as number))
  // The noise, over and over: a step prime to its length makes each tensor another one.
  const step = 2 * seed + 1
  for (let i = 0; i < values.length; i++)
    values[i] = scale * (noise[(i * step + Math.floor(i / noise.length)) % noise.length] as number)
  return values
}
