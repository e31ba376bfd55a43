import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { onTestFinished } from 'vitest'
import { createDiscord, type DiscordOptions } from '../../adapters/discord/discord.ts'
import { encodePicture } from '../../engine/picture.ts'
import type { Core, Incoming, Platform, Respond, View, ViewPicture } from '../../src/chat.ts'
import type { CommandInfo } from '../../src/commands/command.ts'
import { discordWords } from '../../src/messages/discord.ts'
import { type Language, languageOf } from '../../src/messages/language.ts'
import { createSkippableClock } from '../support/discord/clock.ts'
import { type EmulatorOptions, startDiscord } from '../support/discord/emulator.ts'
import type { DiscordPerson } from '../support/discord/person.ts'
import { STAND_IN } from '../support/engine.ts'

export const commands: readonly CommandInfo[] = [
  {
    name: 'imagine',
    label: { en: 'imagine', zh: '画图' },
    description: { en: 'Draw a picture', zh: '画一幅画' },
    access: 'everyone',
    params: [
      {
        name: 'seed',
        label: { en: 'seed', zh: '种子' },
        description: { en: 'Seed', zh: '种子' },
        kind: 'integer',
        required: false,
        min: 0,
        max: 2 ** 32 - 1,
      },
      {
        name: 'prompt',
        label: { en: 'prompt', zh: '提示词' },
        description: { en: 'What to draw', zh: '画什么' },
        kind: 'text',
        required: true,
        rest: true,
        maxLength: 2_000,
      },
      {
        name: 'aspect',
        label: { en: 'aspect', zh: '比例' },
        description: { en: 'Shape', zh: '形状' },
        kind: 'choice',
        required: false,
        choices: [{ value: 'wide', label: { en: 'Wide', zh: '宽' } }],
      },
      {
        name: 'style',
        label: { en: 'style', zh: '风格' },
        description: { en: 'Style', zh: '风格' },
        kind: 'text',
        required: false,
        suggests: true,
      },
      {
        name: 'private',
        label: { en: 'private', zh: '仅自己可见' },
        description: { en: 'Only for me', zh: '仅自己可见' },
        kind: 'flag',
        required: false,
      },
    ],
  },
  {
    name: 'show',
    label: { en: 'show', zh: '查看' },
    description: { en: 'Details', zh: '详情' },
    access: 'everyone',
    params: [
      {
        name: 'job',
        label: { en: 'job', zh: '图片编号' },
        description: { en: 'Number', zh: '编号' },
        kind: 'integer',
        required: false,
        min: 1,
        suggests: true,
      },
    ],
    onPicture: { en: 'Picture details', zh: '图片详情' },
  },
  {
    name: 'settings',
    label: { en: 'settings', zh: '设置' },
    description: { en: 'Settings', zh: '设置' },
    access: 'moderator',
    params: [],
  },
  {
    name: 'quota_admin',
    label: { en: 'quota_admin', zh: '额度管理' },
    description: { en: 'Credits', zh: '额度' },
    access: 'admin',
    params: [],
  },
  {
    name: 'cancel',
    label: { en: 'cancel', zh: '取消' },
    description: { en: 'Cancel', zh: '取消' },
    access: 'everyone',
    params: [],
    hidden: true,
  },
]

/** What the core does with the next thing that happens. */
type Script = (incoming: Incoming, respond: Respond) => Promise<unknown> | View

/** The adapter in front of a core that follows a script, with the real library, against the emulator. */
export async function setting(
  options: { readonly emulator?: EmulatorOptions; readonly discord?: Partial<DiscordOptions> } = {},
) {
  const clock = createSkippableClock()
  const emulator = await startDiscord({ now: clock.now, ...options.emulator })
  const dataDir = mkdtempSync(join(tmpdir(), 'zimagine-discord-'))
  let stored: string | undefined
  let script: Script = () => ({ text: ['hello'] })
  const received: Incoming[] = []
  const failures: unknown[] = []
  const chosen = new Map<string, Language>()
  const core: Core = {
    async dispatch(incoming, respond) {
      received.push(incoming)
      emulator.world.changed()
      try {
        const result = script(incoming, respond)
        await ('then' in result ? result : respond(result))
      } catch (error) {
        failures.push(error)
      }
      emulator.world.changed()
    },
    complete: (_command, _param, typed) => [{ label: `${typed}…`, value: typed }],
    languageOf: ({ id, locale }) => chosen.get(id) ?? languageOf(locale) ?? 'en',
    chatMoved: () => {},
  }
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const store = {
    read: () => stored,
    write: (text: string) => {
      stored = text
    },
  }
  const base = {
    token: emulator.token,
    apiUrl: emulator.apiUrl,
    commands,
    words: discordWords,
    dataDir,
    store,
    clock,
    log,
  }
  const running: Platform[] = []
  const run = async (more: Partial<DiscordOptions> = {}): Promise<Platform> => {
    const discord = createDiscord({ ...base, ...options.discord, ...more })
    running.push(discord)
    discord.start(core)
    return discord
  }
  const until = (done: () => boolean, what: string) =>
    emulator.world.until(
      () => done() || undefined,
      () => what,
    )
  onTestFinished(async () => {
    emulator.faults.release()
    for (const discord of running) await discord.stop()
    await emulator.close()
    rmSync(dataDir, { recursive: true })
  })

  return {
    clock,
    emulator,
    received,
    failures,
    store,
    dataDir,
    discord: await run(),
    /** One more process of the same application. */
    run,
    /** Which language a person chose, by account. */
    chosen,
    core(next: Script): void {
      script = next
    },
    /** A picture in the data folder; noise does not compress. `tells`: its file says how it was drawn. */
    async picture(name: string, sidePx = 8, tells = false): Promise<ViewPicture> {
      const noise = { type: 'gaussian' as const, mean: 128, sigma: 60 }
      const create = { width: sidePx, height: sidePx, channels: 3 as const, background: 'black', noise }
      const size = { widthPx: sidePx, heightPx: sidePx }
      const told = async () => {
        const drawn = { ...size, pixels: await sharp({ create }).raw().toBuffer(), seed: 7, computeMs: 1 }
        return encodePicture(drawn, { ...size, prompt: 'a red fox', steps: 4, guidance: 0, seed: 7 }, STAND_IN)
      }
      writeFileSync(join(dataDir, name), tells ? await told() : await sharp({ create }).png().toBuffer())
      return { ...size, path: name, name, alt: 'a red fox' }
    },
    until,
    /** The core has heard of so many things, and lets Discord wait for the answer to the last one, which is this person's. */
    async deferred(person: DiscordPerson, count: number): Promise<void> {
      await until(() => received.length === count, 'the event')
      clock.skip(1_500)
      await until(() => person.last().answeredAt !== undefined, 'the deferral')
    },
  }
}

/** ann's commands are answered: the gateway is there. */
export async function connected(options: Parameters<typeof setting>[0] = {}) {
  const all = await setting(options)
  const ann = all.emulator.person('ann')
  await ann.command('imagine', { prompt: 'the first' })
  await ann.sees(/hello/u)
  all.core(() => ({ text: ['back again'] }))
  return { ...all, ann }
}

/** From now on the core answers with `view`, when `give` is called. */
export function later(core: Awaited<ReturnType<typeof setting>>['core'], view: View): { readonly give: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  core(async (_, respond) => {
    await promise
    await respond(view)
  })
  return { give: resolve }
}
