import type { DeviceNote, MemoryNote } from '../../engine/engine.ts'
import { allCards, bytes, percent } from './format.ts'

/** What was found out about a device, as a part of a sentence. */
export function enDeviceNote(note: DeviceNote): string {
  switch (note.kind) {
    case 'configured':
      return 'as configured'
    case 'no-gpu':
      return 'no GPU was found'
    case 'faster': {
      const { card, cards = 1, times } = note
      const chosen =
        cards > 1 && `of ${cards} cards the one with the most free memory, DEVICES=${allCards(cards)} uses all`
      return [card, chosen, `${times.toFixed(1)} times as fast as the CPU in a trial`].filter(Boolean).join(', ')
    }
    case 'slower':
      return `${note.device} was slower than the CPU in a trial`
    case 'broken':
      return `${note.device} does not work here: ${note.why}`
    case 'no-half':
      return `${note.type} does not run there, so it uses float32 (${note.why})`
    case 'fused':
      return `its fused attention is accurate to ${note.error.toExponential(0)}`
    case 'fused-wrong': {
      const wrong = Number.isNaN(note.error) ? 'gives no numbers' : `is off by ${percent(note.error)}`
      return `its fused attention ${wrong}, so it is not used`
    }
    case 'fused-broken':
      return `its fused attention does not run (${note.why}), so it is not used`
    default:
      return note satisfies never
  }
}

const PLACES = {
  resident: undefined,
  released: 'the text encoder is loaded for each new prompt',
  cpu: 'prompts are read on the CPU',
}

export function enMemoryNote({
  edgePx,
  deviceBytes,
  freeBytes,
  hostBytes,
  textEncoder,
  inStrips,
  wholePx,
}: MemoryNote): string {
  const of =
    freeBytes === undefined
      ? 'an unknown amount of memory (set it with DEVICE_MEMORY_MB)'
      : `the ${bytes(freeBytes)} that are free`
  const parts = [
    `The model takes at most ${bytes(deviceBytes)} of ${of} at up to ${edgePx}×${edgePx}`,
    hostBytes !== undefined && `plus ${bytes(hostBytes)} on the host`,
    PLACES[textEncoder],
    inStrips && `pictures ${wholePx ? `above ${wholePx}×${wholePx} ` : ''}are decoded in strips`,
  ]
  return parts.filter(Boolean).join('; ')
}
