/**
 * Draws pictures with this engine on the CPU, as bench/rivals.ts asks for them on standard input. The lines in and out are those
 * of diffusers_server.py.
 */
import { createInterface } from 'node:readline'
import sharp from 'sharp'
import { createEngine } from '../engine/client.ts'
import type { ImageRequest } from '../engine/engine.ts'
import { type DrawOptions, intervals } from './rival.ts'

const [model] = process.argv.slice(2) as [string]
const engine = createEngine({ model, device: 'cpu' })
await engine.ready
answer({})

for await (const line of createInterface({ input: process.stdin })) {
  const { picture, stepsOnly, ...request } = JSON.parse(line) as ImageRequest & DrawOptions
  const steps: number[] = []
  const cancel = new AbortController()
  const started = performance.now()
  const [drawn] = await engine
    .generate(request, {
      signal: cancel.signal,
      onStep({ step }) {
        steps.push(performance.now())
        // A cancel after the last step takes effect before the picture is decoded.
        if (stepsOnly && step === request.steps) cancel.abort()
      },
    })
    .catch((error) => {
      if (!cancel.signal.aborted) throw error
      return []
    })
  const seconds = (performance.now() - started) / 1000
  if (picture && drawn) {
    const raw = { width: drawn.widthPx, height: drawn.heightPx, channels: 3 } as const
    await sharp(drawn.pixels, { raw }).png().toFile(picture)
  }
  answer({ seconds, stepSeconds: intervals(steps) })
}
await engine.close()

function answer(drawing: object): void {
  console.log(JSON.stringify({ ...drawing, peakMemoryMb: process.resourceUsage().maxRSS / 1024 }))
}
