import { describe, expect, it } from 'vitest'
import { checkValues } from '../../src/commands/check-values.ts'
import { drawingParams } from '../../src/commands/drawing.ts'
import { labelsOf } from '../../src/commands/info.ts'
import { moderate } from '../../src/commands/moderate.ts'
import { JOB } from '../../src/commands/params.ts'
import { quote, readText } from '../../src/commands/read-text.ts'
import { messagesIn } from '../../src/messages/messages.ts'
import { plain } from '../../src/messages/text.ts'
import { UserError } from '../../src/user-error.ts'

const read = (text: string) => readText(drawingParams, text)
const check = (text: string) => checkValues(drawingParams, read(text), labelsOf('imagine'))

describe('a typed prompt', () => {
  it('is taken as it is where it has no flags', () => {
    expect(read('a red fox,\n in the snow')).toEqual({ prompt: 'a red fox,\n in the snow' })
  })

  it('gives its flags away and keeps the rest in order', () => {
    expect(read('a fox --ar 16:9 in the snow --seed 1 --private at dawn')).toEqual({
      prompt: 'a fox in the snow at dawn',
      aspect: '16:9',
      seed: '1',
      private: true,
    })
  })

  it.each([
    ...['—ar 16:9', '–ar 16:9', '––ar 16:9', '--AR 16:9', '--aspect=16:9', '--aspect="16:9"'],
    ...['--比例 16:9', '——比例 16:9', '——ar 16:9', '－－ar 16:9', '－－ＡＲ 16:9'],
  ])('may have the flag as %s', (flag) => {
    expect(read(`a fox ${flag}`)).toEqual({ prompt: 'a fox', aspect: '16:9' })
  })

  it('gives a flag of text the words up to the next flag, or those in quotes', () => {
    expect(read('a fox --no blur, text --seed 1')).toEqual({ prompt: 'a fox', negative: 'blur, text', seed: '1' })
    expect(read('a fox --size 64x64 in snow')).toEqual({ prompt: 'a fox in snow', size: '64x64' })
    expect(read('--no "blur, text" a fox')).toEqual({ prompt: 'a fox', negative: 'blur, text' })
    expect(read('--no “blur, text” a fox')).toEqual({ prompt: 'a fox', negative: 'blur, text' })
  })

  it('finds no flags in a value in quotes', () => {
    expect(read('a fox --no "red --seed 4" --seed 5')).toEqual({ prompt: 'a fox', negative: 'red --seed 4', seed: '5' })
    expect(read('--private "a --seed 4" fox')).toEqual({ prompt: '"a --seed 4" fox', private: true })
    expect(read(`--no ${quote('a "red --seed 4" hat')}`)).toEqual({ negative: "a 'red --seed 4' hat" })
  })

  it.each(['一只猫--ar 16:9', '一只猫。－－比例　16:9'])('may have its flag right behind Chinese: %s', (text) => {
    expect(read(text)).toMatchObject({ prompt: expect.stringMatching(/^一只猫。?$/u), aspect: '16:9' })
  })

  it.each([
    'a rock--hard bed',
    '一只猫--比方说 橘猫',
    '雪夜——风格 独特',
    'wait -- what',
    'born –1066',
    'a fox — in snow',
    '静静的——雪',
    '雪夜 ——孤独的旅人',
  ])('keeps dashes that are no flag: %s', (text) => {
    expect(read(text)).toEqual({ prompt: text })
  })

  it.each(['--colour', '--sîze', '--颜色', '——colour', '--1:1'])('names %s, which nobody knows', (flag) => {
    expect(() => read(`a fox ${flag} red`)).toThrow(
      expect.objectContaining({ code: 'unknown-flag', details: expect.objectContaining({ flag }) }),
    )
  })

  it('says which flag lacks its value', () => {
    expect(() => read('a fox --seed')).toThrow(
      expect.objectContaining({ code: 'flag-without-value', details: { flag: '--seed' } }),
    )
  })

  it('takes the last of equal flags', () => {
    expect(read('a fox --seed 1 --seed 2').seed).toBe('2')
  })
})

describe("a command's words", () => {
  const params = {
    action: { kind: 'choice', choices: ['grant'], required: true },
    who: { kind: 'text', maxLength: 9 },
    amount: { kind: 'number' },
    steps: { kind: 'integer', named: true },
    reason: { kind: 'text', rest: true, maxLength: 99 },
  } as const

  it('go to its params in their order, the rest to the last', () => {
    expect(readText(params, 'grant ann 2,5 for the poster --steps 3')).toEqual({
      action: 'grant',
      who: 'ann',
      amount: '2,5',
      reason: 'for the poster',
      steps: '3',
    })
  })

  it('are one where quotes hold them together', () => {
    expect(readText(params, 'grant "ann lee" 2 as "poster" says')).toEqual({
      action: 'grant',
      who: 'ann lee',
      amount: '2',
      reason: 'as "poster" says',
    })
  })

  it('are refused where nobody takes them', () => {
    expect(() => readText({}, 'hello there')).toThrow(
      expect.objectContaining({ code: 'left-over', details: { words: 'hello there' } }),
    )
  })
})

describe('checked values', () => {
  it('have the types their params promise', () => {
    expect(check('a fox --seed 7 --guidance 1,5 --style INK --private')).toMatchObject({
      prompt: 'a fox',
      seed: 7,
      guidance: 1.5,
      style: 'ink',
      private: true,
      count: undefined,
    })
  })

  it.each([
    ['--seed 1.5', 'not-whole'],
    ['--seed 1,000', 'not-whole'],
    ['--seed 1.000', 'not-whole'],
    ['--seed five', 'not-a-number'],
    ['--seed 1e3', 'not-a-number'],
    ['--seed -1', 'out-of-range'],
    [`--seed ${'9'.repeat(400)}`, 'out-of-range'],
    ['--n 5', 'out-of-range'],
    ['--ar 5:4', 'not-a-choice'],
    ['--size 12345678901234567890123', 'too-long'],
  ])('refuse %s', (flag, code) => {
    expect(() => check(`a fox ${flag}`)).toThrow(expect.objectContaining({ code }))
  })

  it.each(['--style', '--seed'])('repeat no page of what was typed after %s', (flag) => {
    const value = `${'x'.repeat(39)}…`
    expect(() => check(`a fox ${flag} ${'x'.repeat(1000)}`)).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ value }) }),
    )
  })

  it('name the choices as each language has them', () => {
    const choices = expect.arrayContaining([{ en: 'ink', zh: '水墨' }])
    expect(() => check('a fox --style neon')).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ choices }) }),
    )
    const zh = messagesIn('zh').errors['not-a-choice']
    const ink = { param: 'style', value: 'neon', choices: [{ en: 'ink', zh: '水墨' }] }
    expect(plain(zh(ink))).toBe('风格 不能是 neon，可以是 水墨')
  })

  it.each([
    ['--种子 ５', { seed: 5 }],
    ['--张数　四', { count: 4 }],
    ['--张数 两张', { count: 2 }],
    ['--n 3张 --步数 ８步', { count: 3, steps: 8 }],
    ['--引导 １．５', { guidance: 1.5 }],
    ['--引导 1，5', { guidance: 1.5 }],
    ['--比例 １６：９', { aspect: '16:9' }],
    ['--ar 横', { aspect: '16:9' }],
    ['--ar 竖版', { aspect: '9:16' }],
    ['--比例 方', { aspect: '1:1' }],
    ['--ar Portrait', { aspect: '9:16' }],
    ['--风格 水墨', { style: 'ink' }],
    ['--风格 人像', { style: 'portrait' }],
    ['--style "Ink wash"', { style: 'ink' }],
  ])('are understood as people write Chinese: %s', (flags, values) => {
    expect(check(`一只猫 ${flags}`)).toMatchObject({ prompt: '一只猫', ...values })
  })

  it.each(['九十', '二三', '四五张'])('is none of the figures in it: %s', (count) => {
    expect(() => check(`一只猫 --步数 ${count}`)).toThrow(expect.objectContaining({ code: 'not-a-number' }))
  })

  it('are no part of two labels, and no word that only sounds like one', () => {
    const act = (action: string) => checkValues(moderate.params, { action }, labelsOf('moderate')).action
    expect(['封禁', '解封', '取消', '名单', 'BLOCK'].map((typed) => tryTo(() => act(typed)))).toEqual([
      'block',
      'unblock',
      'unspoiler',
      'not-a-choice',
      'block',
    ])
    expect(tryTo(() => act('不封禁'))).toBe('not-a-choice')
    expect(tryTo(() => check('一只猫 --ar constructor'))).toBe('not-a-choice')
    expect(tryTo(() => check('一只猫 --张数 十一'))).toBe('not-a-number')
  })

  it('may name a job as it is told', () => {
    expect(checkValues({ job: JOB }, { job: '#12' })).toEqual({ job: 12 })
  })

  it('lose control characters and halves of characters, and are missing when nothing is left', () => {
    expect(checkValues(drawingParams, { prompt: 'a\u0000 f\u202eox\ud800' }).prompt).toBe('a fox\ufffd')
    expect(() => checkValues(drawingParams, { prompt: '\u0000 ' })).toThrow(UserError)
  })

  it('are refused under names nobody has', () => {
    expect(() => checkValues(drawingParams, { prompt: 'a fox', constructor: 'x' })).toThrow(
      expect.objectContaining({ code: 'unknown-flag' }),
    )
  })
})

function tryTo(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return (error as UserError).code
  }
}
