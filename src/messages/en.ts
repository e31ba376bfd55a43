import type { Text } from '../chat.ts'
import { enCommands } from './en-commands.ts'
import { enErrors } from './en-errors.ts'
import { enHouse } from './en-house.ts'
import { enJobs } from './en-jobs.ts'
import { enOwn } from './en-own.ts'
import { code, say } from './text.ts'

/** Every sentence in English. The other languages have its shape. */
export const en = {
  languageName: 'English',
  commands: enCommands,
  errors: enErrors,
  apology: (id: string): Text =>
    say`Sorry, that went wrong on our side. If it happens again, tell whoever runs this bot the number ${code(id)}.`,
  ask: { title: 'Your picture', prompt: 'What shall I draw?' },

  buttons: {
    again: '🎲 Again',
    vary: '🌱 Vary',
    edit: '✏️ Edit',
    save: '⭐ Save',
    remove: '🗑 Delete',
    cancel: 'Cancel',
    cancelJob: (job: number): string => `Cancel #${job}`,
    previous: '‹ Newer',
    next: 'Older ›',
    exportAll: 'Send me my data',
    deleteAll: 'Delete everything',
    deleteForGood: 'Yes, delete it for good',
  },

  ...enJobs,
  ...enOwn,
  ...enHouse,
}
