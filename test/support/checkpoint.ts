import { cp, open } from 'node:fs/promises'
import { join } from 'node:path'
import { readSafetensorsHeader } from '../../engine/checkpoint/safetensors.ts'
import { temporaryFolder } from './folder.ts'

export const REFERENCE = join(import.meta.dirname, '..', 'reference')
export const TINY = join(REFERENCE, 'checkpoints', 'tiny-released-layout')
export const DEFAULT_MODEL = join(import.meta.dirname, '..', '..', 'models', 'default')

/** A copy of the tiny checkpoint to be damaged. */
export async function copyOfTiny(): Promise<string> {
  const folder = join(temporaryFolder(), 'tiny')
  await cp(TINY, folder, { recursive: true })
  return folder
}

/** Overwrites a tensor's bytes in place. */
export async function overwriteTensor(file: string, name: string, byte: number): Promise<void> {
  const tensor = (await readSafetensorsHeader(file)).get(name)
  if (!tensor) throw new Error(`expected a tensor ${name} in ${file}`)
  const handle = await open(file, 'r+')
  await handle.write(new Uint8Array(tensor.length).fill(byte), 0, tensor.length, tensor.offset)
  await handle.close()
}
