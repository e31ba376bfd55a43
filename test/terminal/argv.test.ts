import { describe, expect, it } from 'vitest'
import { parseArgv } from '../../adapters/terminal/argv.ts'
import type { Language } from '../../src/messages/language.ts'
import { explainStart } from '../../src/messages/start.ts'

describe('what stands after npm start --', () => {
  it('is a chat where nothing does', () => {
    expect(parseArgv([])).toEqual({ kind: 'chat' })
    expect(parseArgv(['--device', 'cpu'])).toEqual({ kind: 'chat', device: 'cpu' })
    expect(parseArgv(['--device', 'cuda:0,cuda:1'])).toEqual({ kind: 'chat', device: 'cuda:0,cuda:1' })
  })

  it('is what CUDA needs, brought or only looked at', () => {
    expect(parseArgv(['cuda'])).toEqual({ kind: 'cuda', isCheck: false })
    expect(parseArgv(['cuda', '--check'])).toEqual({ kind: 'cuda', isCheck: true })
  })

  it('is a picture with its settings, also without quotes around the words', () => {
    const wanted = parseArgv([
      'imagine',
      'a',
      'red fox',
      '--seed',
      '7',
      '--ar',
      '16:9',
      '--no',
      'blur',
      '--cfg',
      '3',
      '--json',
      '--out',
      'x.png',
    ])
    expect(wanted).toEqual({
      kind: 'imagine',
      values: { prompt: 'a red fox', seed: '7', aspect: '16:9', negative: 'blur', guidance: '3' },
      out: 'x.png',
      json: true,
    })
  })

  it('is a picture of whatever is said, be it of a command or with a number below zero', () => {
    expect(parseArgv(['imagine', 'a', 'cry', 'for', 'help', '--seed=-1'])).toMatchObject({
      values: { prompt: 'a cry for help', seed: '-1' },
    })
  })

  it('may name another model and device for the engine', () => {
    expect(parseArgv(['imagine', 'a fox', '--model', 'm', '--device', 'webgpu'])).toMatchObject({
      model: 'm',
      device: 'webgpu',
    })
  })

  it.each([
    ['models list', { verb: 'list' }],
    ['models get z-image-turbo', { verb: 'get', name: 'z-image-turbo' }],
    ['models get a/b --revision v1 --precision int4', { verb: 'get', name: 'a/b', revision: 'v1', precision: 'int4' }],
    ['models check x', { verb: 'check', name: 'x' }],
    ['models remove x', { verb: 'remove', name: 'x' }],
    ['models prepare x', { verb: 'prepare', name: 'x', precision: 'int8' }],
    ['models prepare x --precision float16', { verb: 'prepare', name: 'x', precision: 'float16' }],
  ])('may be about models: %s', (line, wanted) => {
    expect(parseArgv(line.split(' '))).toEqual({ kind: 'models', ...wanted })
  })

  it.each([
    ['models', /no command models; the commands are .*models get, models list/u],
    ['models paint', /no command models paint/u],
    ['paint', /no command paint; the commands are chat, imagine, /u],
    ['constructor', /no command constructor;/u],
    ['models get', /such as z-image-turbo/u],
    ['models check', /needs a name/u],
    ['models remove', /needs a name/u],
    ['models get a b', /^models get: .* b\./u],
    ['models list a', /^models list: .* a\./u],
    ['chat hello', /^chat: .* hello\./u],
    ['doctor now', /^doctor: .* now\./u],
    ['models get a --precision int3', /--precision can't be int3\. It can be int4, int8, /u],
    ['imagine', /What shall I draw\?/u],
    ['imagine  ', /What shall I draw\?/u],
    ['imagine fox --seed', /--seed needs a value/u],
    ['imagine fox --seed --json', /--seed needs a value/u],
    ['imagine fox --seed -5', /--seed needs a value.* --seed=-1/u],
    ['imagine fox --json=yes', /--json takes no value/u],
    ['imagine fox --device abacus', /--device can't be abacus\. It can be auto, cpu, webgpu, cuda, cuda:N/u],
    ['imagine fox --device cpu,cuda:x', /can't be cpu,cuda:x/u],
    ['imagine fox --out=~/pics', /--out can't be ~\/pics\. It can be [^~]+\/pics\./u],
  ])('is refused in one line: %s', (line, sentence) => {
    expect(refusalOf(line, 'en')).toMatch(sentence)
    expect(refusalOf(line, 'en')).not.toMatch(/\n|undefined/u)
    expect(refusalOf(line, 'zh')).toMatch(/\p{Script=Han}/u)
  })

  it.each([
    ['models list --precision int8', 'models list does not take --precision: it takes no options.'],
    ['models check x --device cpu', 'models check does not take --device: it takes no options.'],
    ['models remove x --json', 'models remove does not take --json: it takes no options.'],
    ['models prepare x --revision v1', 'models prepare does not take --revision: it takes --precision.'],
    ['models get x --seed 3', 'models get does not take --seed: it takes --revision, --precision.'],
    ['models get x --bogus 3', 'models get does not take --bogus: it takes --revision, --precision.'],
    ['models get x --constructor', 'models get does not take --constructor: it takes --revision, --precision.'],
    ['models get x -p', 'models get does not take -p: it takes --revision, --precision.'],
    ['doctor --json', 'doctor does not take --json: it takes no options.'],
    ['--seed 3', 'chat does not take --seed: it takes --model, --device.'],
  ])('takes no option of another command: %s', (line, sentence) => {
    expect(refusalOf(line, 'en')).toBe(sentence)
  })

  it('has its refusals in Chinese, too', () => {
    expect(refusalOf('doctor --json', 'zh')).toBe('doctor 不接受 --json，它没有任何选项。')
    expect(refusalOf('--seed 3', 'zh')).toBe('chat 不接受 --seed，可用的选项有 --model、--device。')
  })

  it.each([['doctor'], ['help'], ['--help'], ['-h']])('may be %s', (word) => {
    expect(parseArgv([word]).kind).toBe(word === 'doctor' ? 'doctor' : 'help')
  })
})

function refusalOf(line: string, language: Language): string {
  const wanted = parseArgv(line.split(' '))
  return wanted.kind === 'error' ? explainStart(wanted.problem, language) : `not refused: ${wanted.kind}`
}
