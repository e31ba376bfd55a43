import type { TelegramMemory } from '../../../adapters/telegram/memory.ts'
import type { Json } from '../../../src/chat.ts'

export type TestMemory = ReturnType<typeof createTestMemory>

/** The adapter's memory without a database. It outlives an adapter that is started again with it. */
export function createTestMemory(): TelegramMemory & { readonly notes: ReadonlyMap<string, Json> } {
  const updates = new Map<number, { readonly update: Json; isFinished: boolean }>()
  const notes = new Map<string, Json>()
  return {
    notes,
    keep(id, update) {
      if (updates.has(id)) return false
      updates.set(id, { update, isFinished: false })
      return true
    },
    unfinished: () => [...updates.values()].filter(({ isFinished }) => !isFinished).map(({ update }) => update),
    finish(id) {
      updates.get(id)!.isFinished = true
    },
    recall: (name) => notes.get(name),
    note(name, value) {
      if (value === undefined) notes.delete(name)
      else notes.set(name, value)
    },
  }
}
