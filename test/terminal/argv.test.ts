import { describe, expect, it } from 'vitest'
import { parseArgv } from '../../adapters/terminal/argv.ts'

describe('what stands after npm start --', () => {
  it('is a chat where nothing does', () => {
    expect(parseArgv([])).toEqual({ kind: 'chat' })
    expect(parseArgv(['--device', 'cpu'])).toEqual({ kind: 'chat', device: 'cpu' })
    expect(parseArgv(['--device', 'cuda:0,cuda:1'])).toEqual({ kind: 'chat', device: 'cuda:0,cuda:1' })
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
      '--json',
      '--out',
      'x.png',
    ])
    expect(wanted).toEqual({
      kind: 'imagine',
      values: { prompt: 'a red fox', seed: '7', aspect: '16:9', negative: 'blur' },
      out: 'x.png',
      json: true,
    })
  })

  it('may name another model and device for the engine', () => {
    expect(parseArgv(['imagine', 'a fox', '--model', 'm', '--device', 'webgpu'])).toMatchObject({
      model: 'm',
      device: 'webgpu',
    })
  })

  it.each([
    [['imagine'], /expected a prompt/u],
    [['imagine', 'a fox', '--bogus'], /--bogus/u],
    [['imagine', 'a fox', '--seed'], /--seed/u],
    [['imagine', 'a fox', '--device', 'abacus'], /expected auto, cpu, webgpu, cuda or cuda:N, got abacus/u],
    [['imagine', 'a fox', '--device', 'cpu,cuda:x'], /got cpu,cuda:x/u],
    [['paint'], /got paint/u],
  ])('is refused in one line: %j', (argv, message) => {
    const wanted = parseArgv(argv)
    expect(wanted).toMatchObject({ kind: 'error', message: expect.stringMatching(message) })
    expect(wanted.kind === 'error' && wanted.message).not.toMatch(/\n/u)
  })

  it.each([['doctor'], ['help'], ['--help'], ['-h']])('may be %s', (word) => {
    expect(parseArgv([word]).kind).toBe(word === 'doctor' ? 'doctor' : 'help')
  })
})
