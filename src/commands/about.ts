import type { EngineInfo } from '../../engine/engine.ts'
import { lines } from '../messages/text.ts'
import { cost } from '../quota.ts'
import { defineCommand } from './define.ts'

/** The model, the machine, how fast it is, what a picture costs. */
export const about = defineCommand({
  name: 'about',
  params: {},
  access: 'everyone',
  run({ services, messages }) {
    const { engine, engines, sizes, speed } = services
    const { profile } = engine
    const words = messages.about
    const request = { prompt: '', seed: 0, steps: profile.steps, guidance: profile.guidance }
    const edges = [...new Set([profile.minEdgePx, profile.widthPx, profile.maxEdgePx])].sort((a, b) => a - b)
    return {
      text: lines(
        words.model(profile.name, engine.engineVersion),
        ...engines
          .statuses()
          .flatMap(({ name, state, info }) => [
            words.engine(named(name, info), state, info?.deviceNotes ?? [], info?.loadMs ?? 0),
            state === 'awake' && info?.memory && words.memory(info.memory),
          ]),
        words.draws(profile),
        Number.isFinite(sizes.largest()) && words.largest(sizes.largest()),
        ...edges.map((edge) => words.costs(`${edge}×${edge}`, cost({ ...request, widthPx: edge, heightPx: edge }))),
        ...speed.usual().map(({ pixels }) => {
          const edge = Math.sqrt(pixels)
          return words.speed(edge, speed.expectMs({ ...request, widthPx: edge, heightPx: edge })!)
        }),
      ),
    }
  },
})

/** The device as configured; what `auto` became. */
function named(name: string, info: EngineInfo | undefined): string {
  return name === 'auto' && info ? info.device : name
}
