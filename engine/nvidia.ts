import type { Probes } from './probes.ts'

/** An NVIDIA card, as its driver describes it. What it does not tell is absent. */
export interface Card {
  readonly name: string
  readonly uuid: string
  readonly driver: string
  /** On a machine with one memory for all, such as the DGX Spark, the card has none of its own to tell of. */
  readonly memory?: { readonly totalBytes: number; readonly freeBytes: number }
  /** Such as 8.9; drivers before 510 do not tell it. */
  readonly computeCapability?: number
}

// In the Windows Subsystem for Linux it is not on the path of a service.
const COMMANDS = ['nvidia-smi', '/usr/lib/wsl/lib/nvidia-smi']
const MEBIBYTE = 2 ** 20

/**
 * The cards that this process may use, numbered as CUDA numbers them as far as `nvidia-smi` can tell: by
 * CUDA_VISIBLE_DEVICES, then in the order of the bus. Undefined where there is no working `nvidia-smi`.
 */
export async function readCards(probes: Probes): Promise<readonly Card[] | undefined> {
  for (const command of COMMANDS) {
    const query = (fields: string) =>
      probes.run(command, [`--query-gpu=${fields}`, '--format=csv,noheader,nounits']).then((text) => text && rows(text))
    const cards = await query('uuid,name,driver_version,memory.total,memory.free')
    if (!cards) continue
    // By itself: an older driver refuses the whole query for a field that it does not know.
    const capabilities = (await query('compute_cap')) || []
    return visible(
      cards.map(([uuid = '', name = '', driver = '', total, free], i): Card => {
        const [totalBytes, freeBytes] = [Number(total) * MEBIBYTE, Number(free) * MEBIBYTE]
        return {
          name,
          uuid,
          driver,
          memory: totalBytes > 0 && freeBytes >= 0 ? { totalBytes, freeBytes } : undefined,
          computeCapability: Number(capabilities[i]?.[0]) || undefined,
        }
      }),
      probes.env.CUDA_VISIBLE_DEVICES,
    )
  }
  return undefined
}

function rows(csv: string): string[][] {
  const lines = csv.split('\n').filter((line) => line.trim() !== '')
  return lines.map((line) => line.split(',').map((field) => field.trim()))
}

/** CUDA takes what the variable lists, by number or by the beginning of a UUID, up to the first that is not there. */
function visible(cards: readonly Card[], listed: string | undefined): readonly Card[] {
  if (listed === undefined) return cards
  const chosen = listed.split(',').map((entry) => {
    const wanted = entry.trim()
    return wanted.startsWith('GPU-') ? cards.find(({ uuid }) => uuid.startsWith(wanted)) : cards[Number(wanted || -1)]
  })
  const end = chosen.indexOf(undefined)
  return (end === -1 ? chosen : chosen.slice(0, end)) as Card[]
}
