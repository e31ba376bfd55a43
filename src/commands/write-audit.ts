import type { Json } from '../chat.ts'
import type { Call } from './define.ts'

/** Everything done by the right of an admin or moderator leaves a row. */
export function writeAudit(
  { services, actor }: Pick<Call, 'services' | 'actor'>,
  act: {
    readonly action: string
    readonly target: string
    readonly details?: Json
    readonly reason?: string | undefined
  },
): void {
  const { action, target, details = {}, reason } = act
  services.store.audit.add({ at: services.clock.now(), actor, action, target, details, reason })
}
