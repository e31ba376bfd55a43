export type Slots = ReturnType<typeof createSlots>

/**
 * Lets so many pieces of work go on at once, and of one person's one; the others begin as those end, in the order in which
 * they came.
 */
export function createSlots(count: number) {
  const busy = new Set<number>()
  const waiting: { readonly person: number; readonly begin: () => void }[] = []
  const beginNext = () => {
    const next = busy.size < count ? waiting.findIndex(({ person }) => !busy.has(person)) : -1
    if (next === -1) return
    const [{ person, begin }] = waiting.splice(next, 1) as [(typeof waiting)[number]]
    busy.add(person)
    begin()
  }
  return async <T>(person: number, work: () => Promise<T>): Promise<T> => {
    await new Promise<void>((begin) => {
      waiting.push({ person, begin })
      beginNext()
    })
    try {
      return await work()
    } finally {
      busy.delete(person)
      beginNext()
    }
  }
}
