import type { StepProgress } from '../../engine/engine.ts'
import type { Text } from '../chat.ts'
import type { Localised } from '../commands/command.ts'
import type { JobStatus } from '../job-status.ts'
import type { QueueMode } from '../queue.ts'
import type { UserErrors } from '../user-error.ts'
import { enErrors } from './en-errors.ts'
import { inCredits, many, timeLeft, waking } from './en-phrases.ts'
import { bar, credits, seconds, shorten } from './format.ts'
import { code, join, say, strong, typed } from './text.ts'

/** What was chosen for a picture. Undefined: as the model likes it. */
interface ChosenSettings {
  readonly job: number
  readonly size: string
  readonly seed: number
  readonly count: number
  readonly steps: number | undefined
  readonly guidance: number | undefined
  readonly vary: number | undefined
  readonly style: Localised | undefined
  readonly negative: string | undefined
  /** Who asked for it, where it was made from somebody else's picture. */
  readonly asker: string | undefined
}

/** Of pictures and their way through the line. */
export const enJobs = {
  job: {
    prompt: (prompt: string): Text => (prompt ? [typed(prompt)] : say`(prompt no longer kept)`),
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
          // The last: it may be written from right to left.
          chosen.asker !== undefined && say`for ${typed(chosen.asker)}`,
        ],
        ' · ',
      ),
    queued: (place: number, leftMs: number | undefined, held: boolean): Text =>
      held
        ? say`In line, place ${strong(place)}. The line is paused; your place is kept.`
        : join([say`In line, place ${strong(place)}`, timeLeft(leftMs)], ' · '),
    running: (progress: StepProgress | undefined, leftMs: number | undefined, wakingMs: number | undefined): Text => {
      if (wakingMs !== undefined) return join([waking(wakingMs), timeLeft(leftMs)], ' · ')
      if (!progress) return join(['Drawing now', timeLeft(leftMs)], ' · ')
      const { step, steps, picture, count } = progress
      const share = (picture * steps + step) / (steps * count)
      const which = count > 1 && `picture ${picture + 1} of ${count}`
      return join([say`Drawing ${bar(share)} step ${step}/${steps}`, which, timeLeft(leftMs)], ' · ')
    },
    stopping: (): Text => say`Stopping at the next step…`,
    done: (seeds: readonly number[], computeMs: number | undefined, shared: boolean): Text => {
      const more = seeds.length > 1 && join(['seeds', ...seeds.map((seed) => code(seed))], ' ')
      const took = shared
        ? 'drawn before, so ready at once'
        : computeMs !== undefined && `drawn in ${seconds(computeMs)} s`
      return join([more, took], ' · ')
    },
    spent: (cost: number, left: number | undefined): Text =>
      join([cost === 0 ? 'free' : inCredits(cost), left !== undefined && `${credits(left)} left`], ' · '),
    negativeIgnored: (model: string): Text =>
      say`${model} can't use negative prompts at this guidance, so yours was ignored.`,
    sizeUnlearnt: (model: string, edgesPx: readonly number[]): Text =>
      say`${model} only learnt to draw ${edgesPx.map((edge) => `${edge}×${edge}`).join(' and ')}; other sizes may come out odd.`,
    pictureGone: (): Text => say`The picture was deleted.`,
    failed: (reason: string, job: number, tooLarge: UserErrors['too-large-here'] | undefined): Text => {
      const why = tooLarge
        ? enErrors['too-large-here'](tooLarge)
        : (FAILURES[reason] ?? 'Something went wrong on our side.')
      return say`${why} Your credits are back. (Job ${code(job)})`
    },
    cancelled: (): Text => say`Cancelled. Your credits are back.`,
    undelivered: (jobs: readonly number[]): Text =>
      say`📬 I couldn't deliver ${many(jobs.length, 'picture')}, so ${jobs.length === 1 ? "it's" : "they're"} free and waiting in ${code('/history')}: ${jobs.map((job) => `#${job}`).join(', ')}.`,
  },

  edit: {
    title: (job: number): string => `Edit picture #${job}`,
    prompt: 'Prompt',
    settings: 'Settings',
    ask: (job: number): Text => say`Change the prompt or settings of picture #${job}.`,
  },

  cancel: {
    done: (job: number, stopping: boolean): Text =>
      stopping ? say`Picture #${job} will stop at the next step.` : say`Picture #${job} is cancelled.`,
  },

  save: {
    done: (job: number, saved: boolean): Text =>
      saved
        ? say`⭐ Picture #${job} is saved and stays: ${code('starred')} in ${code('/history')}.`
        : say`Picture #${job} is no longer saved.`,
  },

  remove: { done: (job: number): Text => say`Picture #${job} is deleted.` },

  queue: {
    line: (line: { readonly waiting: number; readonly running: number; readonly leftMs: number | undefined }): Text =>
      line.waiting + line.running === 0
        ? say`Nobody is waiting, so your picture would be next.`
        : join([`${many(line.waiting, 'picture')} waiting, ${line.running} being drawn`, timeLeft(line.leftMs)], ' · '),
    own: (job: number, prompt: string, status: JobStatus): Text => {
      const stands =
        status.state === 'queued'
          ? join([`place ${status.place}`, timeLeft(status.leftMs)], ' · ')
          : status.state === 'running' &&
            join(
              [status.wakingMs === undefined ? 'being drawn' : waking(status.wakingMs), timeLeft(status.leftMs)],
              ' · ',
            )
      return join([say`#${job} ${typed(shorten(prompt, 60))}`, stands], ' · ')
    },
    mode: (mode: QueueMode): Text => {
      switch (mode) {
        case 'open':
          return say`The line is open.`
        case 'paused':
          return say`The line is paused: requests are kept, but nothing is drawn for now.`
        case 'draining':
          return say`The line is closing: I finish what is waiting and take nothing new.`
        default:
          return mode satisfies never
      }
    },
  },
}

const FAILURES: Readonly<Record<string, string>> = {
  'not-a-number': 'The model lost its way with this one. Another seed or fewer steps often help.',
  'out-of-memory': 'This machine ran out of memory for this one.',
  'not-loaded': 'The model could not be woken up.',
  crashed: 'The engine crashed while drawing this.',
  'disk-full': 'The disk has no room for another picture.',
  'bad-request': "The model can't use these settings.",
  'not-taken': "The picture can't be shown in this chat.",
}
