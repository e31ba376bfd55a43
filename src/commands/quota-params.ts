import type { Args, Params } from './params.ts'

// A million credits is more than a machine draws in a year.
const MOST_CREDITS = 1_000_000
const MOST_PIXELS = 2 ** 30

/** What `/quota_admin` takes. */
export const quotaParams = {
  action: { kind: 'choice', choices: ['show', 'set', 'grant', 'reset', 'unlimited', 'rules'], required: true },
  who: { kind: 'text', word: true, maxLength: 200 },
  credits: { kind: 'number', min: 0, max: MOST_CREDITS },
  waiting: { kind: 'integer', named: true, min: 0, max: 1000 },
  pixels: { kind: 'integer', named: true, min: 1, max: MOST_PIXELS },
  steps: { kind: 'integer', named: true, min: 1, max: 1000 },
  weight: { kind: 'number', named: true, min: 0.01, max: 100 },
  priority: { kind: 'integer', named: true, min: -10, max: 10 },
  expires: { kind: 'text', word: true, named: true, maxLength: 20 },
  remove: { kind: 'flag' },
  reason: { kind: 'text', rest: true, maxLength: 300 },
} as const satisfies Params

export type QuotaArgs = Args<typeof quotaParams>
