import type { Job } from '../store/jobs.ts'
import { UserError } from '../user-error.ts'
import { type Call, defineCommand } from './define.ts'
import { mayRule, owns, visibleJob } from './own-job.ts'
import { JOB } from './params.ts'
import { writeAudit } from './write-audit.ts'

/** One's own job, waiting or at the engine; somebody else's only by whoever looks after the chat. */
export const cancel = defineCommand({
  name: 'cancel',
  params: { job: JOB },
  access: 'everyone',
  run(call, args) {
    const { services, messages, actor } = call
    const job = args.job === undefined ? newestWaiting(call) : visibleJob(call, args.job)
    if (!mayRule(call, job)) throw new UserError('not-yours', { job: job.id })
    const result = services.queue.cancel(job.id, actor)
    if (result === 'ended') throw new UserError('not-waiting', { job: job.id })
    if (!owns(call, job)) writeAudit(call, { action: 'cancel', target: `job:${job.id}` })
    return { kind: 'notice', text: messages.cancel.done(job.id, result === 'stopping'), private: true }
  },
})

function newestWaiting({ services, person }: Call): Job {
  const job = services.store.jobs.waitingOf(person).at(-1)
  if (!job) throw new UserError('nothing-waits', {})
  return job
}
