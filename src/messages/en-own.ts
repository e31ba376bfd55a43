import type { Text } from '../chat.ts'
import type { JobStatus } from '../job-status.ts'
import type { Balance } from '../quota.ts'
import { inCredits, many, until } from './en-phrases.ts'
import { credits, moment, platformName, shorten } from './format.ts'
import { code, join, say, strong, typed } from './text.ts'

interface HistoryRow {
  readonly id: number
  readonly prompt: string
  readonly seed: number
  readonly moment: number
  readonly state: JobStatus['state']
}

/** Of what a person has: credits, history, settings, data. */
export const enOwn = {
  quota: {
    left: (balance: Balance): Text =>
      balance.unlimited ? say`You have no limit.` : say`You have ${strong(inCredits(balance.left))} left.`,
    day: (balance: Balance): Text =>
      say`Used today: ${credits(balance.spentToday)} of ${inCredits(balance.perDay)}. They refill ${moment(balance.refillsAt)}.`,
    grant: (left: number, expiresAt: number | undefined): Text =>
      say`Gift credits left: ${credits(left)}${until(expiresAt)}.`,
    usual: (cost: number, enoughFor: number | undefined): Text =>
      join(
        [
          say`A typical picture costs ${inCredits(cost)}`,
          enoughFor !== undefined && `you have enough for ${many(enoughFor, 'picture')}`,
        ],
        ' · ',
      ),
  },

  history: {
    title: (at: { readonly search: string | undefined; readonly page: number; readonly starred: boolean }): Text =>
      join(
        [
          say`Your ${at.starred && 'saved '}pictures${at.search !== undefined && say` with ${typed(at.search)}`}`,
          at.page > 1 && `page ${at.page}`,
        ],
        ' · ',
      ),
    row: (row: HistoryRow): Text =>
      say`#${row.id} ${row.prompt ? typed(shorten(row.prompt, 80)) : '(prompt no longer kept)'} · seed ${code(row.seed)} · ${moment(row.moment)}${STATES[row.state]}`,
    empty: (searched: boolean, starred: boolean): Text => {
      if (searched) return say`None of your ${starred ? 'saved pictures' : 'prompts'} has these words.`
      return starred
        ? say`Nothing saved yet: ⭐ saves a picture.`
        : say`Nothing here yet. Try ${code('/imagine a fox in the snow')}.`
    },
    pastEnd: (pages: number): Text => say`There ${pages === 1 ? 'is' : 'are'} only ${many(pages, 'page')}.`,
    turnByHand: (page: number): Text => say`There are more: add ${code(`--page ${page}`)}.`,
  },

  show: {
    made: (job: number, at: number): Text => say`Picture #${job}, requested ${moment(at)}.`,
    embedded: (parameters: Readonly<Record<string, string>>): Text =>
      join(
        [
          say`This is what the file itself says:`,
          ...Object.entries(parameters).map(([name, value]) => say`${code(name)}: ${typed(value)}`),
        ],
        '\n',
      ),
  },

  settings: {
    title: (): Text => [strong('Your defaults')],
    now: (own: {
      readonly aspect: string | undefined
      readonly count: number
      readonly style: string | undefined
      readonly spoiler: boolean
      readonly language: string
    }): Text =>
      join(
        [
          `shape ${own.aspect ?? "the model's own"}`,
          many(own.count, 'picture'),
          `style ${own.style ?? 'none'}`,
          own.spoiler && 'covered',
          own.language,
        ],
        ' · ',
      ),
    pictures: (count: number): string => many(count, 'picture'),
    noStyle: 'No style',
    spoiler: 'Cover my pictures',
  },

  link: {
    code: (linkCode: string, at: number): Text =>
      say`Type ${code(`/link ${linkCode}`)} on the other platform. From then on both accounts share credits, history and settings. The code expires ${moment(at)}.`,
    done: (platforms: readonly string[]): Text =>
      say`Done. ${platforms.map(platformName).join(' and ')} now share your credits, history and settings.`,
  },

  privacy: {
    explain: (days: { readonly pictureDays: number; readonly promptDays: number }): Text => {
      const kept = (count: number) => (count === 0 ? 'until you delete them' : `for ${many(count, 'day')}`)
      return say`What I store about you: your account's id and name, your prompts and settings, your pictures, and what they cost. Pictures are kept ${kept(days.pictureDays)}, prompts ${kept(days.promptDays)}; what you saved with ⭐ stays. All of it is on this machine only; messages already sent are in their chats.`
    },
    exported: (isPacked: boolean): Text =>
      say`This is everything stored about you.${isPacked && ' Files ending in .gz are compressed: unpack them first.'}`,
    askFirst: (): Text =>
      say`This deletes your pictures, prompts, settings and saved pictures here, and cancels what is waiting. Messages already sent stay in their chats: press 🗑 on them first, or delete them there. This can't be undone. Are you sure?`,
    deleted: (): Text =>
      say`Deleted. Only your account's id and the credits you spent today stay until the next refill; then they go too. A block stays.`,
  },
}

const STATES: Readonly<Record<JobStatus['state'], string>> = {
  queued: ' · waiting',
  running: ' · drawing',
  succeeded: '',
  failed: ' · failed',
  cancelled: ' · cancelled',
}
