import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Incoming } from '../../src/chat.ts'
import { type CrashReport, examine } from './examine.ts'
import { Platform } from './platform.ts'
import { type FromHouse, PLATFORM, type ToHouse } from './protocol.ts'

export interface CrashOptions {
  readonly kills: number
  /** Chooses every moment and event: the same seed is nearly the same run. */
  readonly seed: number
  readonly say?: (line: string) => void
}

const HOUSE = fileURLToPath(new URL('./house.ts', import.meta.url))
const PEOPLE = ['ann', 'bob', 'cleo', 'dan', 'eve']
// Some are killed while starting, most at work.
const WHILE_STARTING = 0.1
const LONGEST_START_MS = 1200
const LONGEST_LIFE_MS = 400
const EVENT_EVERY_MS = 25
const SLOWEST_ANSWER_MS = 12

/**
 * Kills the service (SIGKILL) again and again at random moments while people ask for pictures, starts it again over the
 * same folder, lets the last one finish, and counts.
 */
export async function crash({ kills, seed, say = () => {} }: CrashOptions): Promise<CrashReport> {
  const folder = mkdtempSync(join(tmpdir(), 'zimagine-crash-'))
  const chance = random(seed)
  const platform = new Platform(chance)
  try {
    for (let kill = 1; kill <= kills; kill++) {
      await liveAndDie(folder, platform, chance)
      if (kill % 20 === 0) say(`${kill} kills, ${platform.events.length} events, ${platform.messages.length} messages`)
    }
    await liveOut(folder, platform, chance)
    return examine(folder, platform, kills)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function liveAndDie(folder: string, platform: Platform, chance: () => number): Promise<void> {
  const house = open(folder, platform, chance)
  if (chance() < WHILE_STARTING) {
    await pause(chance() * LONGEST_START_MS)
  } else {
    await house.opened
    const busy = setInterval(() => ask(platform, house, chance), EVENT_EVERY_MS)
    await pause(chance() * LONGEST_LIFE_MS)
    clearInterval(busy)
  }
  house.process.kill('SIGKILL')
  await house.ended
}

async function liveOut(folder: string, platform: Platform, chance: () => number): Promise<void> {
  const house = open(folder, platform, chance)
  await house.opened
  while (platform.open.size > 0) await house.said('handled')
  const quiet = house.said('quiet')
  house.tell({ kind: 'rest' })
  await quiet
  house.tell({ kind: 'stop' })
  await house.ended
  if (house.process.exitCode !== 0) throw new Error(`the last process ended with ${house.process.exitCode}`)
}

type House = ReturnType<typeof open>

function open(folder: string, platform: Platform, chance: () => number) {
  const child: ChildProcess = fork(HOUSE, [folder], { serialization: 'advanced' })
  const listeners = new Set<(message: FromHouse) => void>()
  const tell = (message: ToHouse): void => {
    if (child.connected) child.send(message, () => {})
  }
  const said = (kind: FromHouse['kind']) =>
    new Promise<void>((resolve) => {
      const listener = (message: FromHouse) => {
        if (message.kind !== kind) return
        listeners.delete(listener)
        resolve()
      }
      listeners.add(listener)
    })
  child.on('message', (message: FromHouse) => {
    if (message.kind === 'call') {
      const outcome = platform.take(message)
      setTimeout(() => tell({ kind: 'answer', id: message.id, outcome }), chance() * SLOWEST_ANSWER_MS)
    }
    if (message.kind === 'handled') platform.handled(message.key)
    if (message.kind === 'open') for (const incoming of platform.open.values()) tell({ kind: 'event', incoming })
    for (const listener of listeners) listener(message)
  })
  return { process: child, tell, said, opened: said('open'), ended: once(child, 'exit') }
}

/** Somebody asks for a picture, or cancels one. */
function ask(platform: Platform, house: House, chance: () => number): void {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(chance() * list.length)]!
  const number = platform.events.length + 1
  const wish: Pick<Incoming, 'command' | 'values'> =
    chance() < 0.1
      ? { command: 'cancel', values: {} }
      : // Few seeds: some requests are exact replays.
        { command: 'imagine', values: { prompt: pick(['a fox', 'a boat']), seed: Math.floor(chance() * 500) } }
  const person = pick(PEOPLE)
  const incoming = {
    key: `event-${number}`,
    ...wish,
    from: { platform: PLATFORM, id: person, name: person },
    address: { platform: PLATFORM, chat: 'room', route: 'room' },
  }
  platform.happens(incoming)
  house.tell({ kind: 'event', incoming })
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** mulberry32. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
