import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openCheckpoint } from '../engine/checkpoint/checkpoint.ts'
import type { TensorIndex } from '../engine/checkpoint/found.ts'
import { readTensor, type StoredTensor } from '../engine/checkpoint/safetensors.ts'
import { createSafetensors } from '../engine/checkpoint/safetensors-file.ts'

/** A checkpoint's weights as ComfyUI's users have them, and as stable-diffusion.cpp reads them. */
export interface SingleFiles {
  readonly diffusionModel: string
  readonly textEncoder: string
  readonly vae: string
}

export function singleFilesIn(folder: string): SingleFiles {
  return {
    diffusionModel: join(folder, 'diffusion-model.safetensors'),
    textEncoder: join(folder, 'text-encoder.safetensors'),
    vae: join(folder, 'vae.safetensors'),
  }
}

/** A tensor of a single file: those of the checkpoint whose rows it holds, one after another. */
type Parts = readonly StoredTensor[]

/** Writes `singleFilesIn(folder)`. Reads one tensor at a time. */
export async function writeSingleFiles(checkpoint: string, folder: string): Promise<void> {
  const { transformer, textEncoder, vae } = await openCheckpoint(checkpoint)
  const files = singleFilesIn(folder)
  await mkdir(folder, { recursive: true })
  await write(files.diffusionModel, fused(transformer))
  await write(files.textEncoder, new Map(Array.from(textEncoder, ([name, tensor]) => [`model.${name}`, [tensor]])))
  await write(files.vae, new Map(Array.from(vae, ([name, tensor]) => [name, [tensor]])))
}

/** The transformer's tensors by ComfyUI's names, with the queries', keys' and values' matrices as one. */
function fused(transformer: TensorIndex): Map<string, Parts> {
  const tensors = new Map<string, Parts>()
  for (const [name, tensor] of transformer) {
    if (/\.to_[kv]\.weight$/.test(name)) continue
    const renamed = name
      .replace('all_x_embedder.2-1.', 'x_embedder.')
      .replace('all_final_layer.2-1.', 'final_layer.')
      .replace('.to_out.0.', '.out.')
      .replace('.norm_q.', '.q_norm.')
      .replace('.norm_k.', '.k_norm.')
      .replace('.to_q.', '.qkv.')
    const others = name.includes('.to_q.') ? ['k', 'v'].map((part) => name.replace('.to_q.', `.to_${part}.`)) : []
    tensors.set(renamed, [tensor, ...others.map((other) => transformer.get(other)!)])
  }
  return tensors
}

async function write(path: string, tensors: ReadonlyMap<string, Parts>): Promise<void> {
  const list = Array.from(tensors, ([name, parts]) => {
    const [{ dtype, shape }] = parts as [StoredTensor]
    const [rows = 0, ...rest] = shape
    return { name, dtype, shape: [rows * parts.length, ...rest] }
  })
  const file = await createSafetensors(path, list)
  try {
    for (const [name, parts] of tensors)
      for (const [i, part] of parts.entries()) await file.write(name, await readTensor(part), i * part.length)
  } finally {
    await file.close()
  }
}
