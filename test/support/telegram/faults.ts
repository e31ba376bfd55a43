import type { Refusal } from './refusal.ts'

type Fault =
  /** The connection breaks before anything was done. `meanwhile` is called at that moment. */
  | { readonly kind: 'cut'; readonly meanwhile?: () => void }
  /** It was done, and the answer is lost. */
  | { readonly kind: 'lose-answer'; readonly meanwhile?: () => void }
  /** Nothing ever comes back. */
  | { readonly kind: 'hang' }
  /** A server in front answers in its own words. */
  | { readonly kind: 'page'; readonly status: number; readonly text: string }
  /** Refused while the body is still on its way. */
  | { readonly kind: 'refuse'; readonly refusal: Refusal }

/** What goes wrong with the next calls of a method, one fault a call. */
export function createFaults() {
  const plans = new Map<string, Fault[]>()
  return {
    plan(method: string, ...faults: readonly Fault[]): void {
      plans.set(method, [...(plans.get(method) ?? []), ...faults])
    },
    take: (method: string): Fault | undefined => plans.get(method)?.shift(),
    /** How many calls are still to fail. */
    planned: (method: string) => plans.get(method)?.length ?? 0,
  }
}
