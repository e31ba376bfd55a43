/** A row as an object: what is null in it is absent. On the way in nothing is needed: better-sqlite3 takes undefined for null. */
export function withoutNulls<T>(row: unknown): T {
  return Object.fromEntries(Object.entries(row as object).filter(([, value]) => value !== null)) as T
}
