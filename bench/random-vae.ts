import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createWeightWriter, type RandomTensor } from './random-weights.ts'

const OFFICIAL = join(import.meta.dirname, '..', 'test', 'reference', 'official', 'vae')

/** Writes the released VAE's decoder with random weights into `folder`: its config, its tensors' names, types and shapes. */
export async function writeRandomVae(folder: string): Promise<void> {
  const { tensors } = JSON.parse(await readFile(join(OFFICIAL, 'tensors.json'), 'utf8')) as {
    tensors: Record<string, Omit<RandomTensor, 'name'>>
  }
  const decoder = Object.entries(tensors)
    .filter(([name]) => name.startsWith('decoder.'))
    .map(([name, { dtype, shape }]) => ({ name, dtype, shape }))
  await copyFile(join(OFFICIAL, 'config.json'), join(folder, 'config.json'))
  await createWeightWriter(0).write(join(folder, 'diffusion_pytorch_model.safetensors'), decoder, () => {})
}
