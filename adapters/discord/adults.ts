import type { APIInteraction } from 'discord.js'
import { faultOf } from './errors.ts'
import { THREADS } from './incoming.ts'
import type { Timing } from './timing.ts'
import type { Wire } from './wire.ts'

// Somebody waits for an answer meanwhile, and Discord for the first one.
const LOOKUP_MS = 500
// A channel seldom becomes one for adults, or ceases to be.
const REMEMBERED_MS = 10 * 60_000

/**
 * Whether a chat is marked as one for adults. A thread is what its channel is, which no thread tells: Discord is asked.
 * Where it does not answer in time, or the bot is not there, the chat counts as unmarked.
 */
export function createAdults(wire: Wire, timing: Timing) {
  const known = new Map<string, { readonly marked: Promise<boolean | undefined>; readonly at: number }>()

  const ask = (channel: string): Promise<boolean | undefined> => {
    const before = known.get(channel)
    if (before && Math.abs(timing.now() - before.at) < REMEMBERED_MS) return before.marked
    const marked = wire
      .isForAdults(channel, AbortSignal.timeout(LOOKUP_MS))
      .catch((error: unknown) => (faultOf(error).code === 'gone' ? false : undefined))
    // Whoever asks meanwhile waits for the same answer.
    known.set(channel, { marked, at: timing.now() })
    return marked
  }

  const look = async (channel: string): Promise<boolean> => {
    const marked = await ask(channel)
    if (marked === undefined) known.delete(channel)
    return marked ?? false
  }

  return async ({ channel }: APIInteraction): Promise<boolean> => {
    if (!channel) return false
    if ('nsfw' in channel && channel.nsfw) return true
    const parent = 'parent_id' in channel && THREADS.includes(channel.type) ? channel.parent_id : undefined
    return parent ? look(parent) : false
  }
}
