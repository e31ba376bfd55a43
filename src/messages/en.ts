import type { StepProgress } from '../../engine/engine.ts'
import type { Text } from '../chat.ts'
import type { JobStatus } from '../job-status.ts'
import type { Balance } from '../quota.ts'
import type { AuditEntry } from '../store/audit.ts'
import type { RuleTerms } from '../store/rules.ts'
import { enCommands } from './en-commands.ts'
import { enErrors } from './en-errors.ts'
import { bar, credits, duration, moment, seconds, shorten } from './format.ts'
import { code, join, say, strong, typed } from './text.ts'

const UNITS = { seconds: 's', minutes: 'min', hours: 'h' }
const about = (ms: number | undefined) => (ms === undefined ? undefined : `about ${duration(ms, UNITS)} left`)
const many = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`
const until = (at: number | undefined): Text => (at === undefined ? [] : say` until ${moment(at)}`)

/** What was chosen for a picture. Undefined: as the model likes it. */
export interface ChosenSettings {
  readonly job: number
  readonly size: string
  readonly seed: number
  readonly count: number
  readonly steps: number | undefined
  readonly guidance: number | undefined
  readonly vary: number | undefined
  readonly style: { readonly en: string; readonly zh: string } | undefined
  readonly negative: string | undefined
}

export interface HistoryRow {
  readonly id: number
  readonly prompt: string
  readonly seed: number
  readonly moment: number
  readonly state: JobStatus['state']
}

const STATES: Readonly<Record<JobStatus['state'], string>> = {
  queued: ' · waiting',
  running: ' · drawing',
  succeeded: '',
  failed: ' · failed',
  cancelled: ' · cancelled',
}

export const en = {
  languageName: 'English',
  commands: enCommands,
  errors: enErrors,
  apology: (id: string): Text =>
    say`Sorry, that went wrong on our side. If it happens again, tell whoever runs this bot the number ${code(id)}.`,
  ask: { title: 'Your picture', prompt: 'What shall I draw?' },

  job: {
    prompt: (prompt: string): Text => (prompt ? [typed(prompt)] : say`(the words were forgotten)`),
    settings: (chosen: ChosenSettings): Text =>
      join(
        [
          `#${chosen.job}`,
          chosen.size,
          say`seed ${code(chosen.seed)}`,
          chosen.count > 1 && many(chosen.count, 'picture'),
          chosen.steps !== undefined && many(chosen.steps, 'step'),
          chosen.guidance !== undefined && `guidance ${chosen.guidance}`,
          chosen.style && `style ${chosen.style.en}`,
          chosen.vary !== undefined && `vary ${chosen.vary}`,
          chosen.negative !== undefined && say`without ${typed(chosen.negative)}`,
        ],
        ' · ',
      ),
    queued: (place: number, leftMs: number | undefined, held: boolean): Text =>
      held
        ? say`In line, place ${strong(place)}. The line is paused for a while; your place is kept.`
        : join([say`In line, place ${strong(place)}`, about(leftMs)], ' · '),
    running: (progress: StepProgress | undefined, leftMs: number | undefined): Text => {
      if (!progress) return join(['Drawing now', about(leftMs)], ' · ')
      const { step, steps, picture, count } = progress
      const share = (picture * steps + step) / (steps * count)
      const which = count > 1 && `picture ${picture + 1} of ${count}`
      return join([say`Drawing ${bar(share)} step ${step}/${steps}`, which, about(leftMs)], ' · ')
    },
    stopping: (): Text => say`Stopping at the next step…`,
    done: (seeds: readonly number[], computeMs: number | undefined, shared: boolean): Text => {
      const more = seeds.length > 1 && join(['seeds', ...seeds.map((seed) => code(seed))], ' ')
      const took = shared
        ? 'drawn before, so here at once'
        : computeMs !== undefined && `drawn in ${seconds(computeMs)} s`
      return join([more, took], ' · ')
    },
    spent: (cost: number, left: number | undefined): Text =>
      join([cost === 0 ? 'free' : `${credits(cost)} credits`, left !== undefined && `${credits(left)} left`], ' · '),
    negativeIgnored: (model: string): Text =>
      say`${model} does not listen to negative prompts at this guidance, so that part was ignored.`,
    pictureGone: (): Text => say`The picture was deleted.`,
    failed: (reason: string, job: number): Text => {
      const why = FAILURES[reason] ?? 'Something went wrong on our side.'
      return say`${why} Your credits are back. (Job ${code(job)})`
    },
    cancelled: (): Text => say`Cancelled. Your credits are back.`,
  },

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

  edit: {
    title: (job: number): string => `Edit picture #${job}`,
    prompt: 'Prompt',
    settings: 'Settings',
    ask: (job: number): Text => say`Change the words or settings of picture #${job}.`,
  },

  cancel: {
    done: (job: number, stopping: boolean): Text =>
      stopping ? say`Picture #${job} stops at the next step.` : say`Picture #${job} is cancelled.`,
  },

  save: {
    done: (job: number, saved: boolean): Text =>
      saved
        ? say`⭐ Picture #${job} is saved. It stays in ${code('/history --starred')}.`
        : say`Picture #${job} is no longer saved.`,
  },

  remove: { done: (job: number): Text => say`Picture #${job} is deleted.` },

  queue: {
    line: (line: { readonly waiting: number; readonly running: number; readonly leftMs: number | undefined }): Text =>
      line.waiting + line.running === 0
        ? say`Nobody is waiting: your picture would be next.`
        : join([`${many(line.waiting, 'picture')} waiting, ${line.running} being drawn`, about(line.leftMs)], ' · '),
    own: (job: number, prompt: string, status: JobStatus): Text => {
      const stands =
        status.state === 'queued'
          ? join([`place ${status.place}`, about(status.leftMs)], ' · ')
          : status.state === 'running' && join(['being drawn', about(status.leftMs)], ' · ')
      return join([say`#${job} ${typed(shorten(prompt, 60))}`, stands], ' · ')
    },
    mode: (mode: 'open' | 'paused' | 'draining'): Text => {
      switch (mode) {
        case 'open':
          return say`The line is open.`
        case 'paused':
          return say`The line is paused: requests are kept, none is drawn for now.`
        case 'draining':
          return say`The line is closing: what waits is drawn, nothing new is taken.`
        default:
          return mode satisfies never
      }
    },
  },

  quota: {
    left: (balance: Balance): Text =>
      balance.unlimited ? say`You have no limit.` : say`You have ${strong(credits(balance.left))} credits left.`,
    day: (balance: Balance): Text =>
      say`${credits(balance.spentToday)} of today's ${credits(balance.perDay)} are used. They refill ${moment(balance.refillsAt)}.`,
    grant: (left: number, expiresAt: number | undefined): Text =>
      say`A gift: ${credits(left)} more${until(expiresAt)}.`,
    usual: (cost: number, enoughFor: number | undefined): Text =>
      join(
        [
          say`A usual picture costs ${credits(cost)}`,
          enoughFor !== undefined && `that is enough for ${many(enoughFor, 'picture')}`,
        ],
        ' · ',
      ),
  },

  history: {
    title: (at: { readonly search: string | undefined; readonly page: number; readonly starred: boolean }): Text =>
      join(
        [
          at.search !== undefined
            ? say`Your pictures with ${typed(at.search)}`
            : at.starred
              ? 'Your saved pictures'
              : 'Your pictures',
          at.page > 1 && `page ${at.page}`,
        ],
        ' · ',
      ),
    row: (row: HistoryRow): Text =>
      say`#${row.id} ${row.prompt ? typed(shorten(row.prompt, 80)) : '(forgotten)'} · seed ${code(row.seed)} · ${moment(row.moment)}${STATES[row.state]}`,
    empty: (searched: boolean): Text =>
      searched
        ? say`No prompt of yours has these words.`
        : say`Nothing here yet. Try ${code('/imagine a fox in the snow')}.`,
    turnByHand: (page: number): Text => say`There is more: add ${code(`--page ${page}`)}.`,
  },

  show: {
    made: (job: number, at: number): Text => say`Picture #${job}, asked for ${moment(at)}.`,
    embedded: (parameters: Readonly<Record<string, string>>): Text =>
      join(
        [
          say`This is what the file itself tells:`,
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
      readonly language: string
    }): Text =>
      join(
        [
          `shape ${own.aspect ?? "the model's own"}`,
          many(own.count, 'picture'),
          `style ${own.style ?? 'none'}`,
          own.language,
        ],
        ' · ',
      ),
    pictures: (count: number): string => many(count, 'picture'),
    noStyle: 'No style',
  },

  link: {
    code: (linkCode: string, at: number): Text =>
      say`Type ${code(`/link ${linkCode}`)} on the other platform. From then on both accounts share credits, history and settings. Good until ${moment(at)}.`,
    done: (platforms: readonly string[]): Text =>
      say`Done. ${platforms.join(' and ')} now share your credits, history and settings.`,
  },

  privacy: {
    explain: (days: { readonly pictureDays: number; readonly promptDays: number }): Text => {
      const kept = (count: number) => (count === 0 ? 'until you delete them' : `for ${many(count, 'day')}`)
      return say`Kept of you: your account's id and name, what you asked for and its settings, your pictures, and what they cost. Pictures are kept ${kept(days.pictureDays)}, prompts ${kept(days.promptDays)}; what you saved with ⭐ stays. Everything is on this machine and goes nowhere else.`
    },
    exported: (): Text => say`Everything that is stored of you.`,
    askFirst: (): Text =>
      say`This deletes your pictures, prompts, settings and saved pictures, and cancels what is waiting. It can't be undone. Sure?`,
    deleted: (): Text =>
      say`Deleted. Only your account's id and today's spent credits stay until the next refill, then they go too.`,
  },

  about: {
    model: (model: string, device: string, reason: string, version: string): Text =>
      say`${strong(model)} on ${device} (${reason}), engine ${version}.`,
    draws: (profile: {
      readonly minEdgePx: number
      readonly maxEdgePx: number
      readonly steps: number
      readonly guidance: number
    }): Text => {
      const { minEdgePx: min, maxEdgePx: max } = profile
      const sizes = min === max ? `${min}×${max}` : `any size from ${min} to ${max} pixels an edge`
      return say`It draws ${sizes}, usually in ${many(profile.steps, 'step')} with guidance ${profile.guidance}.`
    },
    costs: (size: string, cost: number): Text => say`${size} costs ${credits(cost)} credits`,
    speed: (edgePx: number, ms: number): Text =>
      say`About ${seconds(ms)} s for ${Math.round(edgePx)} pixels an edge here`,
  },

  help: {
    title: (): Text => say`Say what you would like to see, and I draw it.`,
    row: (name: string, description: string): Text => say`${code(`/${name}`)} ${description}`,
    more: (): Text =>
      say`Settings may stand in the prompt: ${code('a fox --ar 16:9 --seed 1 --n 2')}. ${code('/help imagine')} tells all of them.`,
    param: (param: {
      readonly name: string
      readonly description: string
      readonly required: boolean
      readonly values: string | undefined
    }): Text => join([say`${code(param.name)} ${param.description}`, param.values, param.required && 'needed'], ' · '),
  },

  admin: {
    about: (name: string): Text => [typed(name)],
    rule: (name: string, rule: RuleTerms & { readonly expiresAt?: number; readonly reason?: string }): Text =>
      join(
        [
          say`${typed(name)}: ${rule.unlimited ? 'no limit' : 'a rule'}`,
          rule.creditsPerDay !== undefined && !rule.unlimited && `${credits(rule.creditsPerDay)} credits a day`,
          rule.maxWaiting !== undefined && `${many(rule.maxWaiting, 'picture')} waiting at most`,
          rule.maxPixels !== undefined && `${rule.maxPixels} pixels at most`,
          rule.maxSteps !== undefined && `${many(rule.maxSteps, 'step')} at most`,
          rule.weight !== undefined && `weight ${rule.weight}`,
          rule.priority !== undefined && `priority ${rule.priority}`,
          rule.expiresAt !== undefined && say`until ${moment(rule.expiresAt)}`,
          rule.reason !== undefined && typed(rule.reason),
        ],
        ' · ',
      ),
    noRule: (): Text => say`No rule: the defaults hold.`,
    ruleRemoved: (name: string): Text => say`The rule for ${typed(name)} is removed.`,
    granted: (name: string, amount: number, expiresAt: number | undefined): Text =>
      say`${typed(name)} got ${strong(credits(amount))} credits${until(expiresAt)}.`,
    reset: (name: string): Text => say`Today's credits of ${typed(name)} are whole again.`,
    verdict: (name: string, verdict: 'blocked' | 'allowed', expiresAt: number | undefined): Text =>
      say`${typed(name)} is ${verdict}${until(expiresAt)}.`,
    unblocked: (name: string): Text => say`${typed(name)} may ask again like everybody.`,
    words: (words: readonly string[]): Text =>
      words.length === 0 ? say`No words are denied.` : say`Denied words: ${typed(words.join(', '))}`,
    auditRow: (
      entry: Pick<AuditEntry, 'at' | 'actor' | 'action' | 'target' | 'reason'> & { readonly details: string },
    ): Text =>
      say`${moment(entry.at)} ${typed(entry.actor)} ${code(entry.action)} ${typed(entry.target)} ${typed(entry.details)} ${entry.reason ? typed(entry.reason) : ''}`,
    auditEmpty: (): Text => say`Nothing was done yet.`,
  },

  stats: {
    title: (days: number): Text => [strong(`The last ${many(days, 'day')}`)],
    sums: (sums: {
      readonly pictures: number
      readonly failed: number
      readonly credits: number
      readonly computeMs: number
      readonly waiting: number
    }): Text =>
      join(
        [
          many(sums.pictures, 'picture'),
          `${sums.failed} failed`,
          `${credits(sums.credits)} credits`,
          `engine busy for ${duration(sums.computeMs, UNITS)}`,
          `${sums.waiting} waiting now`,
        ],
        ' · ',
      ),
    person: (place: number, name: string, pictures: number): Text =>
      say`${place}. ${typed(name)} · ${many(pictures, 'picture')}`,
    picturesADay: 'Pictures a day',
    waitSeconds: 'Waiting time (s)',
    engineUse: 'Engine use (%)',
    topPeople: 'Top people (pictures)',
    alt: 'Charts of pictures a day, waiting time, engine use and the people who used it most',
  },
}

const FAILURES: Readonly<Record<string, string>> = {
  'not-a-number': 'The model lost its way with this one. Another seed or fewer steps often help.',
  'out-of-memory': 'This was too large for this machine. Try a smaller size.',
  crashed: 'The engine fell over while drawing this.',
  'disk-full': 'There is no room on the disk for another picture.',
  'bad-request': 'The model does not take these settings.',
}
