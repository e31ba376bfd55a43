import { expect, it } from 'vitest'
import { bytes } from '../../src/messages/format.ts'
import { explainProblem, type ModelsProblem, modelsWords } from '../../src/messages/models.ts'
import type { Finding, Reason } from '../../src/models-port.ts'

const HAN = /\p{Script=Han}/u
const LANGUAGES = ['en', 'zh'] as const

const reasons: readonly Reason[] = [
  { kind: 'status', status: 503 },
  { kind: 'network', code: 'ECONNRESET' },
  { kind: 'silent', seconds: 30 },
  { kind: 'short' },
]
const hub = { repo: 'a/b', host: 'hub.example' }
const problems: readonly ModelsProblem[] = [
  { code: 'unknown-name', given: 'x', known: ['y', 'z'] },
  { code: 'exists', path: 'p', repo: undefined },
  { code: 'exists', path: 'p', repo: 'a/b' },
  { code: 'busy', path: 'p' },
  ...reasons.map((reason): ModelsProblem => ({ code: 'unreachable', host: 'hub.example', reason })),
  ...[true, false].flatMap((hasToken): ModelsProblem[] => [
    { code: 'no-repository', ...hub, hasToken },
    { code: 'gated', ...hub, hasToken },
  ]),
  { code: 'unusable', name: 'x', path: 'p', repo: 'a/b', fault: { code: 'checkpoint-corrupt', message: 'dim' } },
  { code: 'no-revision', repo: 'a/b', revision: 'v1' },
  { code: 'bad-token', host: 'hub.example' },
  { code: 'refused', host: 'hub.example', status: 418 },
  { code: 'not-a-hub', host: 'hub.example', what: 'an answer' },
  { code: 'web-page', host: 'hub.example', file: 'f' },
  { code: 'not-z-image', repo: 'a/b', missing: 'transformer/config.json' },
  { code: 'other-architecture', repo: 'a/b', what: 'dim' },
  { code: 'no-disk', path: 'p', needBytes: 33e9, freeBytes: 12e9 },
  { code: 'wrong-size', file: 'f', expected: 2, got: 1 },
  { code: 'damaged', file: 'f', expected: 'aa', got: 'bb' },
  { code: 'no-such-model', given: 'x', known: [] },
  { code: 'no-such-model', given: 'x', known: ['y', 'z'] },
  { code: 'unfinished', given: 'x' },
  { code: 'outside', path: 'p', folder: 'q' },
  { code: 'in-use', path: 'p' },
  { code: 'running', path: 'p' },
]
const findings: readonly Finding[] = [
  { kind: 'missing', tensor: 't', expected: [1, 2] },
  { kind: 'extra', tensor: 't', found: [1], file: 'f' },
  { kind: 'shape', tensor: 't', expected: [1], found: [2], file: 'f' },
  { kind: 'type', tensor: 't', found: 'F8_E4M3', file: 'f' },
  { kind: 'not-finite', tensor: 't', count: 3, file: 'f' },
]

it('whatever stands in the way has one sentence in each language, and no value is missing from it', () => {
  expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(Object.keys(modelsWords.en.problems)))
  for (const language of LANGUAGES) {
    const sentences = [
      ...problems.map((problem) => explainProblem(problem, language)),
      ...reasons.map((reason) => modelsWords[language].trouble({ what: 'f', reason, waitMs: 1000 })),
      ...findings.map((finding) => modelsWords[language].finding(finding)),
    ]
    for (const sentence of sentences) {
      expect(sentence).not.toMatch(/undefined|NaN|\n|object/u)
      expect(HAN.test(sentence), sentence).toBe(language === 'zh')
    }
    expect(new Set(sentences).size).toBe(sentences.length)
  }
})

it('of a model that is of no use it is told why, in Chinese with no word of the English, where that is known', () => {
  const problem: ModelsProblem = {
    code: 'unusable',
    name: 'x',
    path: 'p',
    repo: 'a/b',
    fault: { code: 'checkpoint-corrupt', message: 'q: cut off', situation: { kind: 'cut-off', path: 'q' } },
  }
  expect(explainProblem(problem, 'en')).toContain("can't be used: q: cut off. To get it again")
  expect(explainProblem(problem, 'zh')).toMatch(/无法使用：q 不完整.*重新下载。要重新下载/u)
  expect(explainProblem(problem, 'zh')).not.toContain('cut off')
})

it('too little disk is told with the numbers', () => {
  const problem: ModelsProblem = { code: 'no-disk', path: 'data', needBytes: 32_905_999_999, freeBytes: 999_999 }
  for (const language of LANGUAGES) {
    expect(explainProblem(problem, language)).toContain('32.9 GB')
    expect(explainProblem(problem, language)).toContain('1.00 MB')
  }
})

it.each([
  [0, '0 kB'],
  [499, '0 kB'],
  [500, '1 kB'],
  [999_499, '999 kB'],
  [999_500, '1.00 MB'],
  [9_994_999, '9.99 MB'],
  [9_995_000, '10.0 MB'],
  [99_949_999, '99.9 MB'],
  [99_950_000, '100 MB'],
  [32_905_000_000, '32.9 GB'],
  [5e15, '5000 TB'],
])('%i bytes are %s', (count, text) => {
  expect(bytes(count)).toBe(text)
})
