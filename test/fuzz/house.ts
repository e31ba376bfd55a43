import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Incoming, View } from '../../src/chat.ts'
import { systemClock } from '../../src/clock.ts'
import { readConfig } from '../../src/config.ts'
import { runDoctor } from '../../src/doctor.ts'
import { randomIds } from '../../src/ids.ts'
import { createLog } from '../../src/log.ts'
import { createService } from '../../src/service.ts'
import { openStore } from '../../src/store/store.ts'
import { adminsOf } from '../support/admins.ts'
import { StandInEngine } from '../support/engine.ts'

/** What only its owner may ever read: part of each of Vera's private prompts, and of those in a chat of her own. */
export const SECRET = 'xylophonic'
const VERA = 'vera'
const SECRET_JOBS = 20

/** A house with somebody's secrets in it, at whose door anybody may say anything. */
export async function openFuzzHouse() {
  const folder = mkdtempSync(join(tmpdir(), 'zimagine-fuzz-'))
  const config = {
    ...readConfig({ DATA_DIR: folder, MAX_PIXELS: '65536', CREDITS_PER_DAY: '1' }),
    admins: adminsOf('fuzz:olga'),
  }
  const chat = {
    platform: 'fuzz',
    paceMs: () => 0,
    post: async () => ({ platform: 'fuzz', ref: 'posted' }),
    update: async () => {},
  }
  const service = await createService({
    config,
    store: openStore(folder),
    engines: [new StandInEngine({ clock: systemClock, msPerMegapixelEvaluation: 0 })],
    chats: [chat],
    clock: systemClock,
    ids: randomIds,
    log: createLog({ path: join(folder, 'log.jsonl'), level: 'error', secrets: [] }),
    encodePicture: async () => new Uint8Array(1),
  })
  service.start()

  /** All answers to one event. */
  const say = async (incoming: Incoming): Promise<View[]> => {
    const views: View[] = []
    await service.core.dispatch(incoming, async (view) => {
      views.push(view)
      return { platform: 'fuzz', ref: incoming.key }
    })
    return views
  }

  for (let i = 0; i < SECRET_JOBS; i++) {
    const room = i % 2 === 0 ? 'hall' : 'her own room'
    const text = `${SECRET} fox ${i} --size 16x16 ${room === 'hall' ? '--private' : ''}`
    await say({ ...eventOf(VERA, room, `secret-${i}`), command: 'imagine', text })
  }

  return {
    say,
    complete: service.core.complete,
    /** The folder is sound in every way the doctor knows. */
    async close(): Promise<boolean> {
      await service.stop(1000)
      const sound = runDoctor(folder, () => {})
      rmSync(folder, { recursive: true, force: true })
      return sound
    },
  }
}

export function eventOf(who: string, room: string, key: string): Omit<Incoming, 'command'> {
  return {
    key,
    from: { platform: 'fuzz', id: who, name: who },
    address: { platform: 'fuzz', chat: room, route: null },
  }
}
