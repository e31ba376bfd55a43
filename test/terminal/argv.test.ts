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
    [['models'], /expected get, list, check, prepare or remove, got nothing/u],
    [['models', 'paint'], /got paint/u],
    [['models', 'get'], /such as z-image-turbo/u],
    [['models', 'get', 'a', 'b'], /one name, got also b/u],
    [['models', 'get', 'a', '--precision', 'int3'], /expected int4, int8, .*, got int3/u],
    [['models', 'check'], /expected a name/u],
    [['models', 'remove'], /expected a name/u],
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
