import fc from 'fast-check'
import { expect, test } from 'vitest'
import { renderText } from '../../adapters/discord/text.ts'
import { readable } from '../support/discord/readable.ts'

const typed = (text: string) => renderText([{ kind: 'typed', text }])
const read = (content: string) => readable({ content, embeds: [] })

test('markup that a person typed is shown, not applied', () => {
  expect(typed('**a** _b_ ~~c~~ `d` ||e|| [f](g)')).toBe(
    '\\*\\*a\\*\\* \\_b\\_ \\~\\~c\\~\\~ \\`d\\` \\|\\|e\\|\\| \\[f\\](g)',
  )
})

test('headings, quotes, lists and small print stay what was typed', () => {
  expect(typed('# a\n> b\n- c\n-# d\n1. e')).toBe('\\# a\n\\> b\n\\- c\n\\-# d\n1\\. e')
})

test('mentions, emoji and timestamps that a person typed are only characters', () => {
  for (const text of ['<@123>', '<@&123>', '<#123>', '</imagine:123>']) expect(typed(text)).toBe(`\\${text}`)
  expect(typed('<:fox:123> <t:0:R>')).toBe('\\<\\:fox:123> \\<t\\:0:R>')
})

test('a name between colons that a person typed is no emoji', () => {
  expect(typed('a :fox: at 12:30, :red_circle:')).toBe('a \\:fox: at 12:30, \\:red\\_circle:')
})

test('an address that a person typed is no link', () => {
  expect(typed('see https://example.com')).toBe('see https\\://example.com')
})

test('an invitation that a person typed is none, with and without its protocol', () => {
  expect(typed('discord.gg/fox')).toBe('discord.gg\\/fox')
  expect(typed('https://discord.com/invite/fox and/or')).toBe('https\\://discord.com\\/invite/fox and/or')
})

test('an address of ours is a link, and the rest of our words is no markup', () => {
  const text = 'see https://example.com/a_b for /quota_admin'
  expect(renderText([text])).toBe('see https://example.com/a_b for /quota\\_admin')
})

test('marks of direction are kept and end with the words they belong to', () => {
  expect(typed('a \u202e fox')).toBe('\u2068a \u202e fox\u2069')
  expect(typed('a \u2069\u202e fox')).toBe('\u2068\u2068a \u2069\u202e fox\u2069\u2069')
  expect(typed('a \u2067\u2066 fox')).toBe('\u2068a \u2067\u2066 fox\u2069\u2069\u2069')
  expect(typed('שלום')).toBe('\u2068שלום\u2069')
})

test('characters without width are kept', () => {
  expect(typed('fo\u200bx')).toBe('fo\u200bx')
})

test('whatever is typed reads as it was typed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      fc.pre(!/[\u2068\u2069]/u.test(text))
      expect(read(typed(text))).toBe(text)
    }),
  )
})

test('a moment is a live time', () => {
  expect(renderText(['until ', { kind: 'time', at: 1_700_000_000_000, text: 'tomorrow' }])).toBe(
    'until <t:1700000000:R>',
  )
})

test('what is to be copied and what matters stand out', () => {
  expect(renderText(['seed ', { kind: 'code', text: '7' }, ' ', { kind: 'strong', text: 'a*b' }])).toBe(
    'seed `7` **a\\*b**',
  )
  expect(renderText([{ kind: 'code', text: 'a`*b*' }])).toBe('`aˋ*b*`')
})
