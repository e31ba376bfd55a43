import { UserError } from '../user-error.ts'
import type { Access } from './command.ts'
import type { Call } from './define.ts'

type Rights = Pick<Call, 'admin' | 'moderator'>

export function mayUse({ admin, moderator }: Rights, access: Access): boolean {
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
export function checkAccess(
  rights: Rights,
  { name, access }: { readonly name: string; readonly access: Access },
): void {
  if (mayUse(rights, access)) return
  throw new UserError(access === 'admin' ? 'admins-only' : 'moderators-only', { command: name })
}
