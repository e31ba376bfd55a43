import { defineCommand } from './define.ts'
import { once } from './once.ts'
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
    const job = once(call, () => {
      const { id } = visibleJob(call, args.job)
      if (stars.has(person, id)) stars.remove(person, id)
      else stars.add(person, id, services.clock.now())
      return id
    })
    return { kind: 'notice', text: messages.save.done(job, stars.has(person, job)), private: true }
  },
})
