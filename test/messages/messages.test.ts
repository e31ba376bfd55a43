import { describe, expect, it } from 'vitest'
import type { DeviceNote } from '../../engine/engine.ts'
import type { Span, Text } from '../../src/chat.ts'
import { commands, commandTable } from '../../src/commands/registry.ts'
import { en } from '../../src/messages/en.ts'
import { seconds } from '../../src/messages/format.ts'
import { languageOf, languageOfMachine } from '../../src/messages/language.ts'
import type { Messages } from '../../src/messages/messages.ts'
import { plain } from '../../src/messages/text.ts'
import { zh } from '../../src/messages/zh.ts'
import { zhNames } from '../../src/messages/zh-commands.ts'

/** For each sentence the values to say it with; one list of arguments for each way it can turn out. */
type Samples<T> = {
  readonly [K in keyof T as T[K] extends string ? never : K]: T[K] extends (...args: infer A) => unknown
    ? readonly Readonly<A>[]
    : Samples<T[K]>
}

const AT = Date.UTC(2026, 0, 1)
const rule = { creditsPerDay: 1000, maxWaiting: 1, maxPixels: 4096, maxSteps: 9, weight: 2, priority: 1 }
const balance = { left: 1500, unlimited: false, perDay: 2000, spentToday: 500, grants: [], refillsAt: AT }
const chosen = {
  job: 1,
  size: '64×64',
  seed: 1,
  count: 2,
  steps: 4,
  guidance: 1,
  vary: 30,
  style: { en: 'Ink', zh: '水墨' },
  negative: '雾',
  asker: 'Bob',
}
const progress = { step: 1, steps: 4, picture: 0, count: 2 }

const DEVICE_NOTES: readonly DeviceNote[] = [
  { kind: 'configured' },
  { kind: 'no-gpu' },
  { kind: 'faster', times: 9 },
  { kind: 'faster', times: 9, card: '卡', cards: 2 },
  { kind: 'slower', device: 'webgpu' },
  { kind: 'broken', device: 'cuda', why: '坏' },
  { kind: 'no-half', type: 'float16', why: '坏' },
  { kind: 'fused', error: 0.001 },
  { kind: 'fused-wrong', error: 0.04 },
  { kind: 'fused-wrong', error: Number.NaN },
  { kind: 'fused-broken', why: '坏' },
]

const samples: Samples<Omit<Messages, 'commands'>> = {
  errors: {
    'unknown-command': [[{ command: '画' }]],
    'unknown-flag': [[{ flag: '--画', known: ['--ar'] }]],
    'flag-without-value': [[{ flag: '--ar' }]],
    'left-over': [[{ words: '画' }]],
    missing: [[{ param: 'prompt' }], [{ param: 'action', choices: [{ en: 'pause', zh: '暂停' }] }]],
    'not-a-number': [[{ param: 'seed', value: '画' }]],
    'not-whole': [[{ param: 'seed', value: '1.5' }]],
    'out-of-range': [
      [{ param: 'seed', value: '9', min: 1, max: 2 }],
      [{ param: 'seed', value: '9', min: 1, max: undefined }],
      [{ param: 'seed', value: '9', min: undefined, max: 2 }],
    ],
    'not-a-choice': [[{ param: 'style', value: '画', choices: [{ en: 'ink', zh: '水墨' }] }]],
    'too-long': [[{ param: 'prompt', max: 1, length: 2 }]],
    'bad-size': [[{ value: '9x9', example: '64x64' }]],
    'size-outside': [[{ value: '9x9', minEdgePx: 16, maxEdgePx: 32 }]],
    'only-size': [[{ value: '9x9', widthPx: 16, heightPx: 16 }]],
    'not-together': [[{ params: ['aspect', 'size'] }]],
    'too-many-steps': [[{ steps: 9, max: 8 }]],
    'admins-only': [[{ command: 'admin' }]],
    'admins-decided': [[{}]],
    'moderators-only': [[{ command: 'moderate' }]],
    'not-yours': [[{ job: 1 }]],
    blocked: [[{ reason: undefined, until: undefined }], [{ reason: '吵', until: AT }]],
    'chat-closed': [[{ reason: undefined }], [{ reason: '吵' }]],
    'chat-not-open': [[{}]],
    'denied-word': [[{ word: '画' }]],
    'not-enough-credits': [
      [{ left: 1, cost: 2, refillsAt: AT, perDay: 3 }],
      [{ left: 1, cost: 2, refillsAt: undefined, perDay: 3 }],
    ],
    'line-full': [[{ waiting: 8, max: 8 }]],
    'chat-line-full': [[{ waiting: 8, max: 8 }]],
    'house-full': [[{ waiting: 8 }]],
    'too-large': [[{ widthPx: 64, heightPx: 64, maxPixels: 1024 }]],
    'too-large-here': [[{ widthPx: 64, heightPx: 64, maxPixels: 1024 }]],
    'steps-not-allowed': [[{ steps: 9, max: 8 }]],
    draining: [[{}]],
    'disk-full': [[{}]],
    'no-such-job': [[{ job: 1 }]],
    'no-jobs': [[{}]],
    'nothing-waits': [[{}]],
    'not-waiting': [[{ job: 1 }]],
    'prompt-forgotten': [[{ job: 1 }]],
    'picture-gone': [[{ job: 1 }]],
    'nothing-to-save': [[{ job: 1 }]],
    'not-our-picture': [[{}]],
    'not-a-picture': [[{}]],
    'no-picture': [[{}]],
    'picture-not-fetched': [[{}]],
    'bad-code': [[{}]],
    'own-code': [[{}]],
    'no-such-person': [[{ who: '张' }]],
    'several-people': [[{ who: '张', accounts: ['x:1', 'x:2'] }]],
    'person-only': [[{ action: 'grant' }]],
    'own-chat-only': [[{ action: 'block' }]],
    'bad-duration': [[{ value: '画' }]],
    'export-too-large': [[{}]],
    'nothing-to-change': [[{}]],
  },
  apology: [['1']],
  ask: {},
  job: {
    prompt: [['画'], ['']],
    settings: [[chosen]],
    queued: [
      [1, 2000, false],
      [1, undefined, false],
      [1, undefined, true],
    ],
    running: [
      [undefined, undefined, undefined],
      [undefined, 12_000, 9000],
      [progress, 2000, undefined],
    ],
    stopping: [[]],
    done: [
      [[1, 2], 2000, false],
      [[1], 2000, true],
    ],
    spent: [
      [1, 2],
      [0, undefined],
    ],
    negativeIgnored: [['模型']],
    sizeUnlearnt: [['模型', [128, 256]]],
    pictureGone: [[]],
    failed: [
      ...['not-a-number', 'out-of-memory', 'not-loaded', 'crashed', 'disk-full', 'bad-request', '画'].map(
        (code) => [code, 1, undefined] as const,
      ),
      ['out-of-memory', 1, { widthPx: 64, heightPx: 64, maxPixels: 1024 }],
    ],
    cancelled: [[]],
    undelivered: [[[1, 2]]],
  },
  buttons: { cancelJob: [[1]] },
  edit: { title: [[1]], ask: [[1]] },
  cancel: {
    done: [
      [1, false],
      [1, true],
    ],
  },
  save: {
    done: [
      [1, true],
      [1, false],
    ],
  },
  remove: { done: [[1]] },
  queue: {
    line: [[{ waiting: 0, running: 0, leftMs: undefined }], [{ waiting: 1, running: 1, leftMs: 200_000 }]],
    own: [
      [1, '画', { state: 'queued', place: 1, leftMs: 9_000_000, held: false }],
      [1, '画', { state: 'running', progress, wakingMs: undefined, leftMs: 2000, stopping: false }],
      [1, '画', { state: 'running', progress: undefined, wakingMs: 9000, leftMs: 11_000, stopping: false }],
    ],
    mode: [['open'], ['paused'], ['draining']],
  },
  quota: {
    left: [[balance], [{ ...balance, unlimited: true }]],
    day: [[balance]],
    grant: [
      [1, AT],
      [1, undefined],
    ],
    usual: [
      [1, 2],
      [1, undefined],
    ],
  },
  history: {
    title: [[{ search: '画', page: 1, starred: false }], [{ search: undefined, page: 2, starred: true }]],
    row: (['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const).map(
      (state) => [{ id: 1, prompt: state === 'failed' ? '' : '画', seed: 1, moment: AT, state }] as const,
    ),
    empty: [
      [true, false],
      [true, true],
      [false, false],
      [false, true],
    ],
    pastEnd: [[1], [2]],
    turnByHand: [[2]],
  },
  show: { made: [[1, AT]], embedded: [[{ seed: '1' }]] },
  settings: {
    title: [[]],
    now: [
      [{ aspect: undefined, count: 1, style: undefined, spoiler: false, language: '中文' }],
      [{ aspect: '1:1', count: 2, style: '水墨', spoiler: true, language: '中文' }],
    ],
    pictures: [[1], [2]],
  },
  link: { code: [['ABC', AT]], done: [[['画']]] },
  privacy: {
    explain: [[{ pictureDays: 0, promptDays: 1 }]],
    exported: [[true], [false]],
    askFirst: [[]],
    deleted: [[]],
  },
  about: {
    model: [['模型', '1']],
    engine: [
      ['cpu', 'awake', DEVICE_NOTES, 1000],
      ['cpu', 'awake', [], 1000],
      ['cpu', 'asleep', [], 1000],
      ['cpu', 'resting', [], 1000],
      ['cpu', 'missing', [], 0],
    ],
    memory: [
      [{ edgePx: 64, deviceBytes: 1e9, freeBytes: 2e9, textEncoder: 'resident', inStrips: false }],
      [{ edgePx: 64, deviceBytes: 1e9, hostBytes: 1e9, textEncoder: 'released', inStrips: true }],
      [{ edgePx: 64, deviceBytes: 1e9, hostBytes: 1e9, textEncoder: 'cpu', inStrips: true }],
      [{ edgePx: 64, deviceBytes: 1e9, textEncoder: 'resident', inStrips: true, wholePx: 32 }],
    ],
    largest: [[4096]],
    draws: [
      [{ minEdgePx: 64, maxEdgePx: 64, steps: 8, guidance: 1 }],
      [{ minEdgePx: 64, maxEdgePx: 128, steps: 8, guidance: 1 }],
    ],
    costs: [['64×64', 1]],
    speed: [[64, 1000]],
  },
  help: {
    title: [[]],
    more: [[]],
    list: [[['画', '图']]],
    param: [[{ name: 'seed', description: '画', required: true, values: '1–2', usual: 1 }]],
  },
  admin: {
    left: [
      ['张', balance],
      ['张', { ...balance, unlimited: true }],
    ],
    rule: [
      ['张', { ...rule, expiresAt: AT, reason: '因' }],
      ['张', { unlimited: true }],
    ],
    chat: [['张']],
    role: [['张']],
    noRule: [[]],
    noOwnRule: [[]],
    ruleRemoved: [['张']],
    granted: [['张', 1, AT]],
    reset: [['张']],
    verdict: [
      ['张', 'blocked', AT],
      ['张', 'allowed', undefined],
    ],
    noVerdict: [[]],
    unblocked: [['张']],
    spoiler: [
      ['张', true],
      ['张', false],
    ],
    words: [[[]], [['画']]],
    auditEmpty: [[]],
  },
  stats: {
    person: [[1, '张', 2]],
    title: [[1]],
    sums: [[{ pictures: 1, failed: 1, credits: 1, computeMs: 1000, waiting: 1 }]],
  },
}

// What stays as it is in every language: names, what is typed, units.
const SAME =
  /\b(?:English|UTC|[CG]PU|GB|DEVICE_MEMORY_MB|DEVICES|cpu|cuda|webgpu|float16|float32|everyone|here|me|role|chat|rules|deny|words|\d+x\d+|\d+[mhdw])\b/gu

describe('the messages', () => {
  it('say something in every language, for every way a sentence can turn out', () => {
    for (const messages of [en, zh]) {
      for (const [path, said] of sentences(messages, samples)) expect(said.trim(), path).not.toBe('')
    }
  })

  it('have no English words left in Chinese', () => {
    for (const [path, said] of sentences(zh, samples)) expect(said.replace(SAME, ''), path).not.toMatch(/[a-z]{2,}/iu)
  })

  it('have the same keys in both languages', () => {
    expect(keys(zh)).toEqual(keys(en))
  })

  it('name every command and every value it takes', () => {
    for (const { commands: words } of [en, zh]) {
      expect(Object.keys(words).sort()).toEqual(commands.map(({ name }) => name).sort())
      for (const command of commands) {
        const { description, params } = words[command.name as keyof typeof words]
        expect(Object.keys(params), command.name).toEqual(Object.keys(command.params))
        // Discord: 100 characters.
        for (const text of [description, ...Object.values(params)]) expect(text.length, text).toBeLessThanOrEqual(100)
        // `/help` adds from where to where a value goes.
        for (const text of Object.values(params)) expect(text).not.toMatch(/\d (?:to|到) \d/u)
      }
    }
  })

  it('call every command and every value by a name of its own, as Discord takes names', () => {
    const table = commandTable()
    for (const named of [table, ...table.map(({ params }) => params)]) {
      const names = named.map(({ label }) => label.zh)
      expect(new Set(names).size, names.join(' ')).toBe(names.length)
      for (const name of names) expect(name).toMatch(/^[\p{Lo}\p{Ll}\p{N}_-]{1,32}$/u)
      for (const { name, label } of named) expect(label.en).toBe(name)
    }
    const used = { commands: table, params: table.flatMap(({ params }) => params) }
    for (const kind of ['commands', 'params'] as const) {
      expect(new Set(used[kind].map(({ name }) => name))).toEqual(new Set(Object.keys(zhNames[kind])))
    }
  })

  it('are chosen by the language tags of platforms', () => {
    expect(['zh-CN', 'zh_TW', 'en-GB', 'de', undefined].map(languageOf)).toEqual([
      'zh',
      'zh',
      'en',
      undefined,
      undefined,
    ])
  })

  it.each([
    ['zh', { LANG: 'zh_CN.UTF-8' }],
    ['zh', { LANG: 'zh_CN.UTF-8', LANGUAGE: 'en' }],
    ['zh', { LANG: 'en_US.UTF-8', LANGUAGE: 'zh' }],
    ['zh', { LANG: 'en_US.UTF-8', LC_ALL: 'zh_CN.UTF-8' }],
    ['en', { LANG: 'zh_CN.UTF-8', LC_MESSAGES: 'en_US.UTF-8' }],
    ['en', { LANG: 'C', LANGUAGE: 'en' }],
  ])('are %s where the machine says %o', (language, env) => {
    expect(languageOfMachine(env)).toBe(language)
  })
})

/** All that can be said, but for what a person typed and what is code. */
function sentences(node: unknown, samples: unknown, path = ''): [path: string, said: string][] {
  if (typeof node === 'string') return [[path, node]]
  if (typeof node === 'function') {
    return (samples as unknown[][]).map((args) => [path, ownWords(node(...args) as Text | string)])
  }
  return Object.entries(node as object).flatMap(([key, value]) =>
    sentences(value, (samples as Record<string, unknown> | undefined)?.[key], `${path}.${key}`),
  )
}

function ownWords(text: Text | string): string {
  if (typeof text === 'string') return text
  const own = text.filter((span: Span) => typeof span === 'string' || span.kind === 'strong' || span.kind === 'time')
  return own.length > 0 ? plain(own) : '#'
}

function keys(node: unknown, path = ''): string[] {
  if (typeof node !== 'object') return [path]
  return Object.entries(node as object).flatMap(([key, value]) => keys(value, `${path}.${key}`))
}

it('a short time is not told as none', () => {
  expect([4, 40, 96, 1234, 9949, 12_345].map(seconds)).toEqual(['0.00', '0.04', '0.1', '1.2', '9.9', '12'])
})
