import { UserError } from '../user-error.ts'
import type { Access } from './command.ts'
import type { AnyCommand, Call } from './define.ts'

export function mayUse({ admin, moderator }: Call, access: Access): boolean {
  switch (access) {
    case 'everyone':
      return true
    case 'moderator':
      return moderator || admin
    case 'admin':
      return admin
    default:
      return access satisfies never
  }
}

/** Throws the `UserError` that says whom the command is for. */
export function checkAccess(call: Call, { name, access }: AnyCommand): void {
  if (mayUse(call, access)) return
  throw new UserError(access === 'admin' ? 'admins-only' : 'moderators-only', { command: name })
}
