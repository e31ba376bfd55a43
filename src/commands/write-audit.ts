import type { Json } from '../chat.ts'
import type { Call } from './define.ts'
import type { Target } from './target.ts'

/** Everything done by the right of an admin or moderator leaves a row. */
export function writeAudit(
  { services, actor }: Call,
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

/** What a command did to a target, by its own arguments; `details` besides. */
export function auditTarget(
  call: Call,
  command: string,
  args: { readonly action: string; readonly expires: string | undefined; readonly reason: string | undefined },
  target: Target,
  details: Readonly<Record<string, Json>> = {},
): void {
  const { action, expires, reason } = args
  writeAudit(call, {
    action: `${command} ${action}`,
    target: `${target.scope}:${target.key}`,
    details: expires === undefined ? details : { ...details, expires },
    reason,
  })
}
