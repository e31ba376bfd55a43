/**
 * Decodes one picture of random latents with the VAE in a folder. Writes its pixels to a file and prints one JSON line. The peak
 * is the process's own since it was ready to decode, as Linux counts it.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseConfig } from '../engine/checkpoint/config.ts'
import { readJsonFile } from '../engine/checkpoint/json-file.ts'
import { readSafetensorsHeader } from '../engine/checkpoint/safetensors.ts'
import { FLOAT32_KERNELS } from '../engine/graph/kernels.ts'
import { randn } from '../engine/noise.ts'
import { cellEdgePx } from '../engine/picture-limits.ts'
import { openVaeDecoder } from '../engine/vae-decoder.ts'

const [folder, sizePx, maxPixels, output] = process.argv.slice(2) as [string, string, string, string]
const configPath = join(folder, 'config.json')
const config = parseConfig('vae', await readJsonFile(configPath), configPath)
const weights = await readSafetensorsHeader(join(folder, 'diffusion_pytorch_model.safetensors'))
const edge = Number(sizePx) / cellEdgePx(config)
const shape = { channels: config.latent_channels, height: edge, width: edge, patch: 2 }
const how = { wholePixels: maxPixels === 'whole' ? Infinity : 0, stripPixels: Number(maxPixels) }
const decoder = await openVaeDecoder(config, weights, FLOAT32_KERNELS, { device: 'cpu' }, how)
const latent = randn(shape.channels * shape.height * shape.width, 0)

await writeFile('/proc/self/clear_refs', '5') // the peak begins anew
const before = await memory('VmRSS')
const started = performance.now()
const image = await decoder.decode(latent, shape)
const seconds = (performance.now() - started) / 1000
console.log(JSON.stringify({ seconds, before, peak: await memory('VmHWM') }))
await writeFile(output, image)
await decoder.release()

async function memory(what: string): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8')
  return Number(new RegExp(`${what}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024
}
