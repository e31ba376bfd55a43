/** What happens to jobs, for those who tell, count or wait for it. */
export type JobEvent =
  | { readonly kind: 'queued'; readonly job: number }
  | { readonly kind: 'started'; readonly job: number }
  /** The model is loaded for it: it was not when the job started. */
  | { readonly kind: 'woken'; readonly job: number }
  | { readonly kind: 'step'; readonly job: number }
  /** Cancelled at an engine, which ends it at its next step. */
  | { readonly kind: 'stopping'; readonly job: number }
  /** Succeeded, failed or cancelled: written, with its post in the outbox. */
  | { readonly kind: 'ended'; readonly job: number }
  /** Its end was told, or never will be: the post is closed, the credits with it. */
  | { readonly kind: 'told'; readonly job: number }
  /** The line moved on by other means: paused, resumed. */
  | { readonly kind: 'line' }

export type Events = ReturnType<typeof createEvents>

export function createEvents() {
  const listeners = new Set<(event: JobEvent) => void>()
  return {
    emit(event: JobEvent): void {
      for (const listener of listeners) listener(event)
    },
    /** The function it returns stops it. */
    on(listener: (event: JobEvent) => void): () => void {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
