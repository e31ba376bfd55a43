import { lines } from '../messages/text.ts'
import { cost } from '../quota.ts'
import { defineCommand } from './define.ts'

/** The model, the machine, how fast it is, what a picture costs. */
export const about = defineCommand({
  name: 'about',
  params: {},
  access: 'everyone',
  run({ services, messages }) {
    const { engine, speed } = services
    const { profile } = engine
    const words = messages.about
    const request = { prompt: '', seed: 0, steps: profile.steps, guidance: profile.guidance }
    const edges = [...new Set([profile.minEdgePx, profile.widthPx, profile.maxEdgePx])].sort((a, b) => a - b)
    return {
      text: lines(
        words.model(profile.name, engine.device, engine.deviceReason, engine.engineVersion),
        words.draws(profile),
        ...edges.map((edge) => words.costs(`${edge}×${edge}`, cost({ ...request, widthPx: edge, heightPx: edge }))),
        ...speed.known().map(({ pixels }) => {
          const edge = Math.sqrt(pixels)
          return words.speed(edge, speed.expectMs({ ...request, widthPx: edge, heightPx: edge })!)
        }),
      ),
    }
  },
})
