import { expect, it } from 'vitest'
import { COMMANDS } from '../../adapters/terminal/argv.ts'
import { doctorWords } from '../../src/messages/doctor.ts'
import { LANGUAGES } from '../../src/messages/language.ts'
import { explainCrash, explainStart, type StartProblem, startWords } from '../../src/messages/start.ts'

const HAN = /\p{Script=Han}/u

const problems: readonly StartProblem[] = [
  { code: 'unknown-command', got: 'x', known: ['y', 'z'] },
  { code: 'foreign-option', option: '--x', command: 'y', known: [] },
  { code: 'foreign-option', option: '--x', command: 'y', known: ['--z'] },
  { code: 'no-value', option: '--x' },
  { code: 'needless-value', option: '--x' },
  { code: 'bad-value', option: '--x', got: 'y', known: ['z'] },
  { code: 'left-over', command: 'x', words: 'y' },
  { code: 'no-prompt', command: 'x' },
  { code: 'no-name', command: 'x' },
  { code: 'locked', path: 'p' },
  { code: 'newer-database', path: 'p', version: 2, known: 1 },
  { code: 'other-database', path: 'p' },
  { code: 'unusable-database', path: 'p', reason: 'r' },
  { code: 'unusable-folder', path: 'p', reason: 'r' },
]

it.each(LANGUAGES)('whatever keeps the program from starting has one sentence in %s', (language) => {
  expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(Object.keys(startWords.en.problems)))
  const { usage, unknownSetting, noHealthPort, crashed, diskFull } = startWords[language]
  for (const problem of problems) expect(explainStart(problem, language)).not.toMatch(/undefined|\n|object/u)
  const plain = [usage, unknownSetting({ name: 'X', nearest: 'Y' }), noHealthPort(1, 'r'), crashed('p'), diskFull('p')]
  const said = [...plain, ...problems.map((problem) => explainStart(problem, language))]
  for (const sentence of said) expect(HAN.test(sentence), sentence).toBe(language === 'zh')
})

it('the last word names the log, or the disk on which there was no room for the error', () => {
  const about = { dataDir: 'the-data', log: 'the-log' }
  const { crashed, diskFull } = startWords.en
  for (const code of ['SQLITE_FULL', 'ENOSPC'])
    expect(explainCrash(Object.assign(new Error('marker'), { code }), about, 'en')).toBe(diskFull('the-data'))
  for (const error of [new Error('marker'), Object.assign(new Error('marker'), { code: 'EIO' }), undefined])
    expect(explainCrash(error, about, 'en')).toBe(crashed('the-log'))
})

it.each(LANGUAGES)('the help in %s tells every command and every option, and no other', (language) => {
  const { usage } = startWords[language]
  for (const command of Object.keys(COMMANDS)) expect(usage).toMatch(new RegExp(`\\b${command}\\b`, 'u'))
  const told = new Set(Array.from(usage.matchAll(/--[a-z]+/gu), String))
  expect(told).toEqual(
    new Set(Object.values(COMMANDS).flatMap(({ options }) => Object.keys(options).map((name) => `--${name}`))),
  )
})

it('the doctor has words for the same invariants in every language', () => {
  for (const sentence of Object.values(doctorWords.zh.invariants)) expect(sentence).toMatch(HAN)
  for (const sentence of Object.values(doctorWords.en.invariants)) expect(sentence).not.toMatch(HAN)
})
