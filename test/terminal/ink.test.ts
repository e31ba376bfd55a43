import { expect, it } from 'vitest'
import { inked } from '../../adapters/terminal/ink.ts'

it('what a person typed can neither move the cursor nor recolour the screen', () => {
  const text = [{ kind: 'typed' as const, text: 'a \u001b[31mred\u0007\u009b2J fox' }]
  expect(inked(text, false)).toBe('a [31mred2J fox')
  expect(inked(text, true)).toBe('\u001b[3ma [31mred2J fox\u001b[23m')
})
