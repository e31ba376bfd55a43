import type { Job } from '../store/jobs.ts'
import { UserError } from '../user-error.ts'
import { type Call, defineCommand } from './define.ts'
import { showJob } from './job-view.ts'
import { once } from './once.ts'
import { mayRule, owns, visibleJob } from './own-job.ts'
import { JOB } from './params.ts'
import { writeAudit } from './write-audit.ts'

/** One's own job, waiting or at the engine; somebody else's only by whoever looks after the chat. */
export const cancel = defineCommand({
  name: 'cancel',
  params: { job: JOB },
  access: 'everyone',
  run(call, args) {
    const { services, messages, actor, incoming } = call
    const { jobs } = services.store
    // Only which one it is: a job that was to stop when the process was killed waits again, and must be cancelled again.
    const id = once(call, () => {
      const job = args.job === undefined ? newestWaiting(call) : visibleJob(call, args.job)
      if (!mayRule(call, job)) throw new UserError('not-yours', { job: job.id })
      return job.id
    })
    const result = services.queue.cancel(id, actor)
    const job = jobs.get(id)
    if (result !== 'ended' && job && !owns(call, job)) writeAudit(call, { action: 'cancel', target: `job:${id}` })
    // A button in a list says #12 (queue.ts).
    const isOnJob = incoming.pressed && !incoming.text?.startsWith('#')
    const isLate = result === 'ended' && job?.outcome !== actor
    // Its end shows where it was pressed, which may be the only way left to that message.
    if (job && isOnJob && (isLate || result === 'cancelled')) {
      const view = showJob(services, job, { adults: incoming.from.ageRestricted })
      // One that was lost with a process: the end is told in it, and not besides.
      const isFound = !job.message && services.store.posts.get(id)?.state === 'waiting'
      return { ...view, kind: 'replace', job: isFound ? id : undefined }
    }
    if (isLate) throw new UserError('not-waiting', { job: id })
    return { kind: 'notice', text: messages.cancel.done(id, result === 'stopping'), private: true }
  },
})

function newestWaiting({ services, person }: Call): Job {
  const job = services.store.jobs.waitingOf(person).at(-1)
  if (!job) throw new UserError('nothing-waits', {})
  return job
}
