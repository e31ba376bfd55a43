/** A text that outlives the process. */
export interface Store {
  read(): string | undefined
  write(text: string): void
}

/** The commands that Discord has. */
interface Registered {
  readonly app: string
  /** The fingerprint of what was taken last, by server or `everywhere`. Older versions wrote none. */
  readonly taken?: Readonly<Record<string, string>>
}

interface Remembered {
  readonly commands?: Registered
  /** When this application identified itself to the gateway lately. */
  readonly identified?: readonly number[]
}

/** What must be known at the next start. Unreadable text is forgotten: everything in it can be found out again. */
export function createMemory(store: Store) {
  const recall = (): Remembered => {
    try {
      const value: unknown = JSON.parse(store.read() ?? '{}')
      return typeof value === 'object' && value !== null ? value : {}
    } catch {
      return {}
    }
  }
  return {
    recall,
    remember: (news: Remembered): void => store.write(JSON.stringify({ ...recall(), ...news })),
  }
}

export type Memory = ReturnType<typeof createMemory>
