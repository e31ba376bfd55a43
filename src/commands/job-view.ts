import type { Button, View, ViewPicture } from '../chat.ts'
import type { JobStatus } from '../job-status.ts'
import { shorten } from '../messages/format.ts'
import { type Messages, messagesIn } from '../messages/messages.ts'
import { lines, plain } from '../messages/text.ts'
import type { Services } from '../services.ts'
import type { Job } from '../store/jobs.ts'
import type { StoredPicture } from '../store/pictures.ts'
import { styles } from '../styles.ts'
import { askerOfJob } from './asker.ts'
import { negativeActs } from './drawing.ts'
import { isSpoiler } from './spoiler.ts'

// A name is a line's last part.
const NAME_LENGTH = 40

type Needs = Pick<Services, 'store' | 'quota' | 'engine' | 'queue'>

interface Look {
  /** How it stands; now, unless said otherwise. */
  readonly status?: JobStatus | undefined
  /** Whether it is seen in a chat for adults, where that is not the one it was asked for in. */
  readonly adults?: boolean | undefined
  /** The one person who sees it; what others have left would look like theirs. */
  readonly reader?: number
}

/** The message of a job in every state, in the language it was asked for. Handed to delivery. */
export function showJob({ store, quota, engine, queue }: Needs, job: Job, look: Look = {}): View {
  const { status = queue.status(job), adults, reader = job.person } = look
  const messages = messagesIn(job.language)
  const words = messages.job
  const head = lines(words.prompt(job.prompt), settingsLine(job, messages, engine, askerOfAnothers(job, store)))
  const common = { job: job.id, private: job.private }
  switch (status.state) {
    case 'queued': {
      const text = lines(head, words.queued(status.place, status.leftMs, status.held))
      return { ...common, text, working: true, buttons: [[cancelButton(job, messages)]] }
    }
    case 'running': {
      if (status.stopping) return { ...common, text: lines(head, words.stopping()), working: true }
      const text = lines(head, words.running(status.progress, status.leftMs, status.wakingMs))
      return { ...common, text, working: true, computing: true, buttons: [[cancelButton(job, messages)]] }
    }
    case 'succeeded': {
      const { left, unlimited } = quota.balance(askerOfJob(store, job))
      const result = lines(
        head,
        negativeIgnored(job, engine) && words.negativeIgnored(engine.profile.name),
        isSizeUnlearnt(job, engine) && words.sizeUnlearnt(engine.profile.name, engine.profile.learntEdgesPx!),
        words.done(seeds(status.pictures), job.computeMs, status.shared),
        words.spent(job.cost, unlimited || reader !== job.person ? undefined : left),
      )
      const there = status.pictures.filter((picture) => picture.deletedAt === undefined)
      const text = there.length > 0 ? result : lines(result, words.pictureGone())
      const pictures = viewPictures(job, there, messages, isSpoiler(store, job, adults))
      return { ...common, text, pictures, buttons: resultButtons(job, there.length > 0, messages) }
    }
    case 'failed': {
      const { widthPx, heightPx } = job.request
      const { code, maxPixels } = status
      const tooLarge = maxPixels === undefined ? undefined : { widthPx, heightPx, maxPixels }
      return {
        ...common,
        text: lines(head, words.failed(code, job.id, tooLarge)),
        buttons: [[againButton(job, messages)]],
      }
    }
    case 'cancelled':
      return { ...common, text: lines(head, words.cancelled()), buttons: [[againButton(job, messages)]] }
    default:
      return status satisfies never
  }
}

function viewPictures(
  job: Job,
  pictures: readonly StoredPicture[],
  messages: Messages,
  spoiler: boolean,
): ViewPicture[] {
  return pictures.map((picture) => ({
    path: picture.path,
    name: `zimagine-${job.id}-${picture.seed}.png`,
    widthPx: picture.widthPx,
    heightPx: picture.heightPx,
    seed: picture.seed,
    alt: plain(messages.job.prompt(job.prompt)),
    spoiler,
  }))
}

/** What is deleted can be drawn anew, but neither saved nor deleted. */
function resultButtons(job: Job, isThere: boolean, { buttons }: Messages): Button[][] {
  const draw: Button[] = [
    { id: `again:${job.id}`, label: buttons.again, style: 'primary' },
    { id: `vary:${job.id}`, label: buttons.vary },
    { id: `edit:${job.id}`, label: buttons.edit },
  ]
  const keep: Button[] = [
    { id: `save:${job.id}`, label: buttons.save },
    { id: `remove:${job.id}`, label: buttons.remove },
  ]
  return isThere ? [draw, keep] : [draw]
}

/** Size, steps and whatever else was chosen, as typed flags would say it. */
function settingsLine(
  { id, request, style }: Job,
  { job: words }: Messages,
  engine: Needs['engine'],
  asker: string | undefined,
) {
  const { profile } = engine
  return words.settings({
    job: id,
    size: `${request.widthPx}×${request.heightPx}`,
    seed: request.seed,
    count: request.count ?? 1,
    steps: request.steps === profile.steps ? undefined : request.steps,
    guidance: request.guidance === profile.guidance ? undefined : request.guidance,
    vary: request.vary,
    style: styles.find((known) => known.id === style)?.name,
    negative: request.negativePrompt,
    asker,
  })
}

/**
 * The name of whoever asked, where the job was made from somebody else's: its message answers that picture, and nothing
 * else tells the others in the chat whose words these are.
 */
function askerOfAnothers({ source, person, address, private: isPrivate }: Job, { jobs, people }: Needs['store']) {
  if (source === undefined || isPrivate || jobs.get(source)?.person === person) return undefined
  const [account, another] = people.accounts(person).filter(({ platform }) => platform === address.platform)
  // Of two accounts nobody can tell which one it was, and what the other is called may be news to this chat.
  return account?.name && !another ? shorten(account.name, NAME_LENGTH) : undefined
}

function negativeIgnored({ request }: Job, { profile }: Needs['engine']): boolean {
  return request.negativePrompt !== undefined && !negativeActs(request, profile)
}

function isSizeUnlearnt({ request }: Job, { profile: { learntEdgesPx } }: Needs['engine']): boolean {
  const { widthPx, heightPx } = request
  return learntEdgesPx !== undefined && !(widthPx === heightPx && learntEdgesPx.includes(widthPx))
}

function cancelButton(job: Job, { buttons }: Messages): Button {
  return { id: `cancel:${job.id}`, label: buttons.cancel, style: 'danger' }
}

function againButton(job: Job, { buttons }: Messages): Button {
  return { id: `again:${job.id}`, label: buttons.again }
}

function seeds(pictures: readonly StoredPicture[]): number[] {
  return pictures.map((picture) => picture.seed)
}
