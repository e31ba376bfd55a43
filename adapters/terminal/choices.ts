import type { Button, MessageRef } from '../../src/chat.ts'

interface Choice {
  readonly button: Button
  readonly message: MessageRef
}

/** Buttons as numbers to type. A number stays with its button as long as the program runs. */
export function createChoices() {
  const numbers = new Map<number, Choice>()
  let next = 1

  const numberOf = (button: Button, message: MessageRef): number => {
    for (const [number, known] of numbers) {
      if (known.button.id === button.id && known.message.ref === message.ref) {
        return number
      }
    }
    numbers.set(next, { button, message })
    return next++
  }

  return {
    get: (number: number) => numbers.get(number),
    /** A line for each row of buttons. */
    lines: (rows: readonly (readonly Button[])[], message: MessageRef): string[] =>
      rows.map((row) => row.map((button) => `[${numberOf(button, message)}] ${button.label}`).join('  ')),
  }
}
