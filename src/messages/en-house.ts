import type { DeviceNote, MemoryNote } from '../../engine/engine.ts'
import type { Text } from '../chat.ts'
import type { EngineStatus } from '../engines.ts'
import type { Balance } from '../quota.ts'
import type { RuleTerms } from '../store/rules.ts'
import type { VerdictKind } from '../store/verdicts.ts'
import { enDeviceNote, enMemoryNote } from './en-engine.ts'
import { inCredits, many, UNITS, until } from './en-phrases.ts'
import { duration, moment, seconds, square } from './format.ts'
import { code, join, say, strong, typed } from './text.ts'

/** Of the house: the model, help, what admins do. */
export const enHouse = {
  about: {
    model: (model: string, version: string): Text => say`${strong(model)}, engine ${version}.`,
    engine: (name: string, state: EngineStatus['state'], notes: readonly DeviceNote[], wakeMs: number): Text => {
      switch (state) {
        case 'awake':
          return say`It runs on ${name}${notes.length > 0 && ` (${notes.map(enDeviceNote).join('; ')})`}.`
        case 'asleep':
          return say`It is asleep on ${name} and takes about ${duration(wakeMs, UNITS)} to wake.`
        case 'resting':
        case 'missing':
          return say`It is not working on ${name} right now.`
        default:
          return state satisfies never
      }
    },
    memory: (note: MemoryNote): Text => say`${enMemoryNote(note)}.`,
    largest: (maxPixels: number): Text =>
      say`There is enough memory for ${maxPixels} pixels, such as ${code(square(maxPixels))}.`,
    draws: (profile: {
      readonly minEdgePx: number
      readonly maxEdgePx: number
      readonly steps: number
      readonly guidance: number
    }): Text => {
      const { minEdgePx: min, maxEdgePx: max } = profile
      const sizes = min === max ? `${min}×${max}` : `any size from ${min} to ${max} pixels a side`
      return say`It draws ${sizes}, usually in ${many(profile.steps, 'step')} with guidance ${profile.guidance}.`
    },
    costs: (size: string, cost: number): Text => say`${size} costs ${inCredits(cost)}`,
    speed: (edgePx: number, ms: number): Text =>
      say`About ${seconds(ms)} s here for ${Math.round(edgePx)} pixels a side`,
  },

  help: {
    title: (): Text => say`Tell me what you would like to see, and I'll draw it.`,
    more: (): Text =>
      say`Settings can go in the prompt: ${code('a fox --ar 16:9 --seed 1 --n 2')}. ${code('/help imagine')} lists them all.`,
    list: (words: readonly string[]): string => words.join(', '),
    param: (param: {
      readonly name: string
      readonly description: string
      readonly required: boolean
      readonly values: string | undefined
      /** What it is where it is left out. */
      readonly usual: string | number | undefined
    }): Text =>
      join(
        [
          say`${code(param.name)} ${param.description}`,
          param.values,
          param.usual !== undefined && `default ${param.usual}`,
          param.required && 'required',
        ],
        ' · ',
      ),
  },

  admin: {
    everyone: 'everyone',
    here: 'this chat',
    chat: (key: string): string => `chat ${key}`,
    role: (key: string): string => `role ${key}`,
    left: (name: string, balance: Balance): Text =>
      balance.unlimited
        ? say`${typed(name)} has no limit.`
        : say`${typed(name)} has ${strong(inCredits(balance.left))} left.`,
    rule: (name: string, rule: RuleTerms & { readonly expiresAt?: number; readonly reason?: string }): Text =>
      join(
        [
          say`${typed(name)}: ${rule.unlimited ? 'no limit' : 'a rule'}`,
          rule.creditsPerDay !== undefined && !rule.unlimited && `${inCredits(rule.creditsPerDay)} a day`,
          rule.maxWaiting !== undefined && `at most ${many(rule.maxWaiting, 'picture')} waiting`,
          rule.maxPixels !== undefined && `at most ${rule.maxPixels} pixels`,
          rule.maxSteps !== undefined && `at most ${many(rule.maxSteps, 'step')}`,
          rule.weight !== undefined && `weight ${rule.weight}`,
          rule.priority !== undefined && `priority ${rule.priority}`,
          rule.expiresAt !== undefined && say`expires ${moment(rule.expiresAt)}`,
          rule.reason !== undefined && typed(rule.reason),
        ],
        ' · ',
      ),
    noRule: (): Text => say`No rule: the defaults apply.`,
    noOwnRule: (): Text => say`No rule of their own: wider ones or the defaults apply.`,
    ruleRemoved: (name: string): Text => say`The rule for ${typed(name)} is removed.`,
    granted: (name: string, amount: number, expiresAt: number | undefined): Text =>
      say`${typed(name)} got ${strong(inCredits(amount))}${until(expiresAt)}.`,
    reset: (name: string): Text => say`${typed(name)} has all of today's credits again.`,
    verdict: (name: string, verdict: VerdictKind, expiresAt: number | undefined): Text =>
      say`${typed(name)} is ${verdict}${until(expiresAt)}.`,
    noVerdict: (): Text => say`Nobody is blocked, and nobody was allowed by name.`,
    unblocked: (name: string): Text => say`${typed(name)} can ask again, like everybody else.`,
    spoiler: (name: string, on: boolean): Text =>
      on
        ? say`Pictures in ${typed(name)} are covered until someone opens them.`
        : say`Pictures in ${typed(name)} are shown at once.`,
    words: (words: readonly string[]): Text =>
      words.length === 0 ? say`No words are denied.` : say`Denied words: ${typed(words.join(', '))}`,
    auditEmpty: (): Text => say`Nothing has been done yet.`,
  },

  stats: {
    title: (days: number): Text => [strong(`The last ${many(days, 'day')}`)],
    sums: (sums: {
      readonly pictures: number
      readonly failed: number
      readonly credits: number
      readonly computeMs: number
      readonly waiting: number
    }): Text =>
      join(
        [
          many(sums.pictures, 'picture'),
          `${sums.failed} failed`,
          inCredits(sums.credits),
          `engine busy for ${duration(sums.computeMs, UNITS)}`,
          `${sums.waiting} waiting now`,
        ],
        ' · ',
      ),
    person: (place: number, name: string, pictures: number): Text =>
      say`${place}. ${typed(name)} · ${many(pictures, 'picture')}`,
    picturesADay: 'Pictures a day',
    waitSeconds: 'Waiting time (s)',
    engineUse: 'Engine use (%)',
    topPeople: 'Most active people (pictures)',
    alt: 'Charts of pictures a day, waiting time, engine use and the most active people',
  },
}
