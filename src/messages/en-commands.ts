import { styleNames } from '../styles.ts'

const JOB = 'Picture number; your newest if left out'

// Discord: descriptions have at most 100 characters.
/** Commands and their values, by name, as pickers and `/help` show them. */
export const enCommands = {
  imagine: {
    description: 'Draw a picture from words',
    params: {
      prompt: 'What to draw',
      aspect: 'Shape of the picture; the model decides the size',
      size: 'Exact size instead of a shape, such as 128x128',
      seed: 'The same seed draws the same picture again',
      count: 'How many pictures',
      steps: 'More steps take longer',
      negative: 'What to leave out, if the model can do that',
      guidance: 'How closely to follow the prompt; 0 is off',
      style: 'Style to draw in',
      private: 'Only you see it',
      vary: 'How far to wander from the usual picture, in percent',
    },
    labels: styleNames('en'),
  },
  again: {
    description: 'Draw the same prompt with another seed',
    params: { job: JOB },
  },
  vary: {
    description: 'Draw the same prompt with more variation',
    params: { job: JOB, strength: 'How much, in percent' },
  },
  edit: {
    description: "Change a picture's prompt and settings",
    params: { job: 'Picture number', prompt: 'What to draw', settings: 'Settings, as flags' },
  },
  save: { description: 'Save a picture, or unsave it', params: { job: JOB } },
  remove: { description: 'Delete a picture', params: { job: 'Picture number' } },
  cancel: { description: 'Cancel a picture that is not done yet', params: { job: JOB } },
  queue: { description: 'How long the line is, and your place in it', params: {} },
  quota: { description: 'Your credits, and when they refill', params: {} },
  history: {
    description: 'Your pictures, newest first',
    params: { search: 'Words in the prompt', page: 'Page', starred: 'Only pictures you saved' },
  },
  show: {
    description: 'A picture and how it was made',
    params: { job: JOB },
    onPicture: 'Picture details',
  },
  reproduce: {
    description: 'Draw exactly the same picture again',
    params: { job: JOB },
    onPicture: 'Reproduce this',
  },
  settings: {
    description: 'Your own defaults',
    params: {
      aspect: 'Shape',
      count: 'How many pictures',
      style: 'Style to draw in',
      language: 'Language',
      spoiler: 'Cover your pictures until someone opens them',
    },
    labels: { none: 'None', en: 'English', zh: '中文', on: 'On', off: 'Off', ...styleNames('en') },
  },
  link: {
    description: 'Share credits, history and settings with your account on another platform',
    params: { code: 'Code from the other platform; leave it out to get one' },
  },
  privacy: {
    description: 'See or delete what is stored about you',
    params: { action: 'What to do', confirm: 'Really delete' },
    labels: { export: 'Send me my data', delete: 'Delete everything' },
  },
  help: { description: 'What I can do', params: { command: 'A command to explain' } },
  about: { description: 'The model, its speed and what pictures cost', params: {} },
  quota_admin: {
    description: 'Credits and limits for people, roles and chats',
    params: {
      action: 'What to do',
      who: 'everyone, here, me, a mention, a name, role:ID, chat:ID or platform:ID',
      credits: 'Credits a day, or to give',
      waiting: 'Most pictures in line',
      pixels: 'Largest picture in pixels',
      steps: 'Most steps',
      weight: 'Share of the engine; 1 is normal',
      priority: 'Higher goes first; 0 is normal',
      expires: 'How long: 30m, 12h, 7d, 2w; then the permanent rule applies again, and given credits expire',
      remove: 'Only for rules: remove all rules for this target',
      reason: 'Why',
    },
    labels: {
      show: 'Show',
      set: 'Set a rule',
      grant: 'Give credits',
      reset: "Refill today's credits",
      unlimited: 'No limit',
      rules: 'All rules',
    },
  },
  moderate: {
    description: 'Who can ask for pictures, where, with which words, and whether they are covered',
    params: {
      action: 'What to do',
      who: 'here, a mention, a name, chat:ID; for deny: the words, separated by commas',
      expires: 'How long: 30m, 12h, 7d, 2w',
      remove: 'Only for words: what to take off the list, separated by commas',
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
      unspoiler: 'Uncover pictures',
    },
  },
  admin: {
    description: 'The line, statistics, and who did what',
    params: { action: 'What to do', number: 'Picture number, days of statistics, or page of the log' },
    labels: {
      pause: 'Pause',
      resume: 'Resume',
      drain: 'Close the line',
      cancel: 'Cancel a picture',
      stats: 'Statistics',
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
