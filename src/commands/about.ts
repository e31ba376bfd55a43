import { lines } from '../messages/text.ts'
import { cost } from '../quota.ts'
import { defineCommand } from './define.ts'

/** The model, the machine, how fast it is, what a picture costs. */
export const about = defineCommand({
  name: 'about',
  params: {},
  access: 'everyone',
  run({ services, messages }) {
    const { engine, store } = services
    const { profile } = engine
    const words = messages.about
    const speeds = store.speeds.all(`${engine.model} ${engine.engineVersion} ${engine.device}`)
    const request = { prompt: '', seed: 0, steps: profile.steps, guidance: profile.guidance }
    const edges = [...new Set([profile.minEdgePx, profile.widthPx, profile.maxEdgePx])].sort((a, b) => a - b)
    return {
      text: lines(
        words.model(profile.name, engine.device, engine.deviceReason, engine.engineVersion),
        words.draws(profile),
        ...edges.map((edge) => words.costs(`${edge}×${edge}`, cost({ ...request, widthPx: edge, heightPx: edge }))),
        ...speeds.map((speed) => words.speed(Math.sqrt(speed.pixels), msPerPicture(speed))),
      ),
    }

    function msPerPicture(speed: (typeof speeds)[number]): number {
      const evaluations = profile.steps * (profile.guidance > 0 ? 2 : 1)
      return (speed.msPerMegapixelEvaluation * speed.pixels * evaluations) / 1_048_576
    }
  },
})
