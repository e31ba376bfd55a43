import fc from 'fast-check'
import { expect, test } from 'vitest'
import { render } from '../../adapters/telegram/render.ts'
import { clip, type Span } from '../../src/chat.ts'

const words = fc.string({ unit: 'grapheme', maxLength: 80 })
const span: fc.Arbitrary<Span> = fc.oneof(
  words,
  words.map((text) => ({ kind: 'strong', text }) as const),
  words.map((text) => ({ kind: 'typed', text }) as const),
  words.map((text) => ({ kind: 'code', text }) as const),
  words.map((text) => ({ kind: 'time', at: 0, text }) as const),
)
const LONE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

test('whatever is said fits its limit, with entities inside it and no character cut in two', () => {
  fc.assert(
    fc.property(fc.array(span, { maxLength: 8 }), fc.integer({ min: 1, max: 120 }), (text, limit) => {
      const { text: shown, entities } = render(text, limit)
      expect(shown.length).toBeLessThanOrEqual(limit)
      expect(shown).not.toMatch(LONE)
      for (const { offset, length } of entities) {
        expect(length).toBeGreaterThan(0)
        expect(offset + length).toBeLessThanOrEqual(shown.length)
        expect(shown.slice(offset, offset + length)).not.toMatch(LONE)
      }
    }),
    { numRuns: 2000 },
  )
})

test('what fits is shown as it is', () => {
  fc.assert(
    fc.property(fc.array(span, { maxLength: 8 }), (text) => {
      const whole = text.map((part) => (typeof part === 'string' ? part : part.text)).join('')
      expect(render(text, Math.max(1, whole.length)).text).toBe(whole)
    }),
  )
})

test('clipped text ends in … and never exceeds its length', () => {
  expect(clip('a red fox', 5)).toBe('a re…')
  expect(clip('🦊🦊', 2)).toBe('…')
  expect(clip('fox', 3)).toBe('fox')
  expect(clip('fox', 0)).toBe('')
})

test('of two long words that were typed, both keep something, and what is short stays whole', () => {
  const typed = (text: string) => ({ kind: 'typed', text }) as const
  const { text } = render([typed('p'.repeat(990)), ' without ', typed('n'.repeat(1000)), ' in ', typed('ink')], 1024)
  expect(text).toHaveLength(1024)
  expect(text).toMatch(/^p{503}… without n{503}… in ink$/u)
})

test('a page full of names needs no more entities than Telegram keeps', () => {
  const row = [{ kind: 'typed', text: '@ada '.repeat(20).trim() }, ' seed ', { kind: 'code', text: '7' }, '\n'] as const
  const { text, entities } = render(Array.from({ length: 5 }, () => row).flat(), 4096)
  expect(entities.length).toBeLessThanOrEqual(100)
  for (const { index } of text.matchAll(/@/g))
    expect(entities.some(({ offset, length }) => index >= offset && index < offset + length)).toBe(true)
})

// Looked through from each letter on, they take a quarter of a minute.
test('a hundred thousand letters without a space are looked through once', { timeout: 5000 }, () => {
  expect(render([{ kind: 'typed', text: 'a'.repeat(100_000) }], Number.POSITIVE_INFINITY).entities).toEqual([])
})
