import { describe, expect, it } from 'vitest'
import { findDeniedWord, foldWord } from '../../src/commands/denied-words.ts'

describe('a denied word', () => {
  it.each([
    ['ass', 'a glass of water', undefined],
    ['ass', 'an Áss!', 'ass'],
    ['ass', 'ASS', 'ass'],
    ['ass', 'ａｓｓ', 'ass'],
    ['ass', 'class_ass_1', undefined],
    ['bad thing', 'a bad\n  thing', 'bad thing'],
    ['a.b', 'a-b', undefined],
    ['坏', '这是坏的', '坏'],
    ['坏蛋', '一个坏 蛋', '坏蛋'],
    ['坏蛋', '一个坏　·*蛋', '坏蛋'],
    ['坏蛋', '坏🥚蛋', '坏蛋'],
    ['坏 蛋', '一个坏蛋', '坏 蛋'],
    ['坏蛋', '天气很坏，蛋糕很好', undefined],
    ['坏蛋', '天气很坏。蛋糕很好', undefined],
    ['坏蛋', '坏的蛋', undefined],
    ['a[b坏', 'A [ b-坏', 'a[b坏'],
    ['naive', 'naïve', 'naive'],
    ['bad', 'a b\u200ba\u2060d\u00ad word', 'bad'],
    ['b\u200dad', 'bad', 'bad'],
    ['bad', 'b\u200b\u0301a\u0337d', 'bad'],
    ['バカ', '墓（ハカ）の絵', undefined],
    ['バカ', 'ﾊﾞｶと猫', 'バカ'.normalize('NFKD')],
    ['ハカ', 'ハガキ', undefined],
    ['कल', 'काला घोड़ा', undefined],
    ['कल', 'कला', undefined],
    ['бой', 'бои', undefined],
    ['бои', 'бой', undefined],
    ['мед', 'Мёд', 'мед'],
    ['كلب', 'كَلْبٌ صغير', 'كلب'],
    ['كَلْب', 'كـلب', 'كلب'],
    ['أم', 'ام', undefined],
    ['כלב', 'כֶּלֶב קטן', 'כלב'],
    ['straße', 'STRASSE', 'strasse'],
    ['strasse', 'eine Straße', 'strasse'],
    ['οδός', 'ΟΔΌΣ', 'οδος'],
  ])('%j in %j is %j', (word, text, found) => {
    expect(findDeniedWord([foldWord(word)], text)).toBe(found)
  })
  it('is looked for in a prompt of nothing but spaces and symbols without keeping others waiting', () => {
    expect(findDeniedWord([foldWord('坏坏蛋')], `蛋${'坏* '.repeat(20_000)}`)).toBeUndefined()
  })
  it('is looked for in a prompt of nothing but accents without keeping others waiting', () => {
    expect(foldWord(`a${'\u0344'.repeat(20_000)}й${'\u0301'.repeat(20_000)}`)).toBe('aи\u0306')
  })
})
