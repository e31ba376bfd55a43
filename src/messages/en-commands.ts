import { styleNames } from '../styles.ts'

// Discord: descriptions have at most 100 characters.
/** Commands and their values, by name, as pickers and `/help` show them. */
export const enCommands = {
  imagine: {
    description: 'Draw a picture from words',
    params: {
      prompt: 'What to draw',
      aspect: "Shape of the picture; the size follows the model's own",
      size: 'Exact size instead of a shape, such as 128x128',
      seed: 'The same seed draws the same picture again',
      count: 'How many pictures',
      steps: 'More steps take longer',
      negative: 'What should not be in it, where the model listens to that',
      guidance: 'How strictly to follow the words; 0 is off',
      style: 'A way to draw',
      private: 'Only you see it',
      vary: 'How far to wander from the usual picture, 0 to 100',
    },
    labels: styleNames('en'),
  },
  again: {
    description: 'Draw the same words with another seed',
    params: { job: "The picture's number; your newest without one" },
  },
  vary: {
    description: 'Draw the same words, but further away',
    params: { job: "The picture's number; your newest without one", strength: 'How far, 0 to 100' },
  },
  edit: {
    description: 'Change words and settings of a picture',
    params: { job: "The picture's number", prompt: 'What to draw', settings: 'Settings, as flags' },
  },
  save: {
    description: 'Keep a picture, or no longer',
    params: { job: "The picture's number; your newest without one" },
  },
  remove: { description: 'Delete a picture', params: { job: "The picture's number" } },
  cancel: {
    description: 'Take your picture out of the line',
    params: { job: "The picture's number; your newest without one" },
  },
  queue: { description: 'How long the line is, and your place in it', params: {} },
  quota: { description: 'Your credits, and when they refill', params: {} },
  history: {
    description: 'Your pictures, newest first',
    params: { search: 'Words of the prompt', page: 'Page', starred: 'Only what you saved' },
  },
  show: {
    description: 'A picture and how it was made',
    params: { job: "The picture's number; your newest without one" },
    onPicture: 'Picture details',
  },
  reproduce: {
    description: 'Draw a picture once more, exactly as it was',
    params: { job: "The picture's number; your newest without one" },
    onPicture: 'Reproduce this',
  },
  settings: {
    description: 'Your own defaults',
    params: {
      aspect: 'Shape',
      count: 'How many pictures',
      style: 'A way to draw',
      language: 'Language',
      spoiler: 'Cover your pictures until somebody opens them',
    },
    labels: { none: 'None', en: 'English', zh: '中文', on: 'On', off: 'Off', ...styleNames('en') },
  },
  link: {
    description: 'Share credits, history and settings with your account on another platform',
    params: { code: 'The code from the other platform; without one you get one' },
  },
  privacy: {
    description: 'What is stored about you: see it, delete it',
    params: { action: 'What to do', confirm: 'Really delete' },
    labels: { export: 'Send me my data', delete: 'Delete everything' },
  },
  help: { description: 'What I can do', params: { command: 'A command to explain' } },
  about: { description: 'The model, its speed and what pictures cost', params: {} },
  quota_admin: {
    description: 'Credits and limits of people, roles and chats',
    params: {
      action: 'What to do',
      who: 'everyone, here, me, a mention, a name, role:ID, chat:ID or platform:ID',
      credits: 'Credits a day, or to grant',
      waiting: 'Most pictures in line',
      pixels: 'Largest picture in pixels',
      steps: 'Most steps',
      weight: 'Share of the engine; 1 is usual',
      priority: 'Higher goes first; 0 is usual',
      expires: 'How long: 30m, 12h, 7d, 2w; then the lasting rule holds again, and given credits lapse',
      remove: 'Only with rules: take away all rules of this target',
      reason: 'Why',
    },
    labels: {
      show: 'Show',
      set: 'Set a rule',
      grant: 'Give credits',
      reset: "Make today's credits whole",
      unlimited: 'No limit',
      rules: 'All rules',
    },
  },
  moderate: {
    description: 'Who may ask for pictures, where, in which words, and whether they are covered',
    params: {
      action: 'What to do',
      who: 'here, a mention, a name, chat:ID; for deny: the words, with commas',
      expires: 'How long: 30m, 12h, 7d, 2w',
      remove: 'Only with words: what to take from the list, with commas',
      reason: 'Why',
    },
    labels: {
      block: 'Block',
      unblock: 'Unblock',
      allow: 'Allow',
      list: 'Who is blocked or allowed',
      deny: 'Deny words',
      words: 'Denied words',
      spoiler: 'Cover pictures',
      unspoiler: 'Show pictures at once',
    },
  },
  admin: {
    description: 'The line, figures, and who did what',
    params: { action: 'What to do', number: "The picture's number, days of figures, or page of the log" },
    labels: {
      pause: 'Pause',
      resume: 'Resume',
      drain: 'Close the line',
      cancel: 'Cancel a picture',
      stats: 'Figures',
      audit: 'Log',
    },
  },
}

type Words = typeof enCommands
type ParamName<C extends keyof Words> = C extends unknown ? keyof Words[C]['params'] : never

/** Names of commands and of their values in another language. In English they are called as they are typed. */
export interface CommandNames {
  readonly commands: Readonly<Record<keyof Words, string>>
  readonly params: Readonly<Record<ParamName<keyof Words>, string>>
}
