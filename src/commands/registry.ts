import { about } from './about.ts'
import { admin } from './admin.ts'
import { again, vary } from './again.ts'
import { cancel } from './cancel.ts'
import type { CommandInfo } from './command.ts'
import type { AnyCommand } from './define.ts'
import { edit } from './edit.ts'
import { helpOn } from './help.ts'
import { history } from './history.ts'
import { imagine } from './imagine.ts'
import { infoOf, labelOf } from './info.ts'
import { link } from './link.ts'
import { moderate } from './moderate.ts'
import { privacy } from './privacy.ts'
import { queue } from './queue.ts'
import { quota } from './quota.ts'
import { quotaAdmin } from './quota-admin.ts'
import { remove } from './remove.ts'
import { reproduce } from './reproduce.ts'
import { save } from './save.ts'
import { settings } from './settings.ts'
import { show } from './show.ts'

/** Every command there is, in the order people meet them. */
export const commands: readonly AnyCommand[] = [
  imagine,
  again,
  vary,
  edit,
  save,
  remove,
  cancel,
  queue,
  quota,
  history,
  show,
  reproduce,
  settings,
  link,
  privacy,
  helpOn(commandTable),
  about,
  quotaAdmin,
  moderate,
  admin,
]

/** The commands as adapters see them. */
export function commandTable(): readonly CommandInfo[] {
  return commands.map(infoOf)
}

/** By its name, or by what it is called in Chinese. */
export function findCommand(name: string): AnyCommand | undefined {
  const isNamed = (command: AnyCommand) => [command.name, labelOf(command.name).zh].includes(name)
  return commands.find(isNamed)
}
