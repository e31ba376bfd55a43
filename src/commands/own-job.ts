import type { Job } from '../store/jobs.ts'
import { UserError } from '../user-error.ts'
import type { Call } from './define.ts'

/**
 * A job by its id, or the person's newest one. Whoever asks must be able to see it: their own, one in the chat they
 * stand in that is not private, or any for an admin. All others are as if they weren't there.
 */
export function visibleJob(call: Call, id: number | undefined): Job {
  if (id === undefined) return newestJob(call)
  const job = call.services.store.jobs.get(id)
  if (!job || !maySee(call, job)) throw new UserError('no-such-job', { job: id })
  return job
}

function maySee(call: Call, job: Job): boolean {
  return owns(call, job) || call.admin || (isHere(call, job) && !job.private)
}

/** What is made of a job stays as private as it was; what an admin makes of one they see by right alone is, too. */
export function staysPrivate(call: Call, job: Job): boolean {
  return job.private || !(owns(call, job) || isHere(call, job))
}

/** Whether its words are new to others in the chat where it is spoken of. */
export function isSecret(call: Call, job: Job): boolean {
  return job.private || !isHere(call, job)
}

export function owns(call: Call, job: Job): boolean {
  return job.person === call.person
}

/** Owner, whoever looks after the chat it was made in, or an admin. */
export function mayRule(call: Call, job: Job): boolean {
  return owns(call, job) || call.admin || (call.moderator && maySee(call, job))
}

function isHere({ incoming }: Call, { address }: Job): boolean {
  return address.platform === incoming.address.platform && address.chat === incoming.address.chat
}

function newestJob(call: Call): Job {
  const [job] = call.services.store.jobs.history({ person: call.person, limit: 1 })
  if (!job) throw new UserError('no-jobs', {})
  return job
}
