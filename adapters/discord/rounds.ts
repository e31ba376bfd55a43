/**
 * Lets one piece of work begin in each round of the event loop. Work that blocks, as the core's writing to its database
 * does, then delays no answer that is ready by more than one such piece.
 */
export function createRounds() {
  let last: Promise<void> = Promise.resolve()
  let waiting = 0
  return {
    /** How many wait for theirs. */
    waiting: () => waiting,
    async next(): Promise<void> {
      waiting++
      last = last.then(() => new Promise((resolve) => setImmediate(resolve)))
      await last
      waiting--
    },
  }
}
