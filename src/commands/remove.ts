import { UserError } from '../user-error.ts'
import { defineCommand } from './define.ts'
import { showJob } from './job-view.ts'
import { mayRule, owns, visibleJob } from './own-job.ts'
import { JOB } from './params.ts'
import { writeAudit } from './write-audit.ts'

/** 🗑: deletes a job's pictures. The owner's matter, or that of whoever looks after the chat. */
export const remove = defineCommand({
  name: 'remove',
  params: { job: { ...JOB, required: true } },
  access: 'everyone',
  hidden: true,
  run(call, args) {
    const { services, messages, incoming } = call
    const job = visibleJob(call, args.job)
    if (!mayRule(call, job)) throw new UserError('not-yours', { job: job.id })
    if (job.state !== 'succeeded') throw new UserError('picture-gone', { job: job.id })
    services.pictures.remove(job.id)
    if (!owns(call, job)) writeAudit(call, { action: 'remove', target: `job:${job.id}` })
    // Its own message follows; the one with the button may be a copy.
    services.delivery.refresh(job.id)
    if (!incoming.pressed) return { text: messages.remove.done(job.id), private: true }
    return { ...showJob(services, job), kind: 'replace', job: undefined }
  },
})
