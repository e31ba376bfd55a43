/** Keeps what was made lately, by name, up to a size; what was used longest ago goes first. */
export interface Recent<T> {
  /** The kept one, or a new one. What fails is not kept. */
  get(name: string, make: () => Promise<T>): Promise<T>
}

export function createRecent<T>(maxBytes: number, bytesOf: (value: T) => number): Recent<T> {
  const kept = new Map<string, T>() // a Map keeps the order of insertion
  let bytes = 0

  const drop = (name: string): void => {
    const value = kept.get(name)
    if (value === undefined) return
    bytes -= bytesOf(value)
    kept.delete(name)
  }

  return {
    async get(name, make) {
      const value = kept.get(name) ?? (await make())
      drop(name)
      kept.set(name, value)
      bytes += bytesOf(value)
      for (const oldest of kept.keys()) {
        if (bytes <= maxBytes) break
        drop(oldest)
      }
      return value
    },
  }
}
