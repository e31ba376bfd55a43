import { defineCommand } from './define.ts'
import { visibleJob } from './own-job.ts'
import { JOB } from './params.ts'

/** ⭐, and once more to take it back: saved pictures outlive the time after which others go. */
export const save = defineCommand({
  name: 'save',
  params: { job: JOB },
  access: 'everyone',
  run(call, args) {
    const { services, person, messages } = call
    const { stars } = services.store
    const job = visibleJob(call, args.job)
    const saved = !stars.has(person, job.id)
    if (saved) stars.add(person, job.id, services.clock.now())
    else stars.remove(person, job.id)
    return { kind: 'notice', text: messages.save.done(job.id, saved), private: true }
  },
})
