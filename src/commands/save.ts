import type { Job } from '../store/jobs.ts'
import { UserError } from '../user-error.ts'
import { type Call, defineCommand } from './define.ts'
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
      const found = visibleJob(call, args.job)
      const { id } = found
      if (stars.has(person, id)) stars.remove(person, id)
      else if (isGone(call, found)) throw new UserError('nothing-to-save', { job: id })
      else stars.add(person, id, services.clock.now())
      return id
    })
    return { kind: 'notice', text: messages.save.done(job, stars.has(person, job)), private: true }
  },
})

/** A chat shows a picture, and its buttons, for longer than it is kept here. */
function isGone({ services }: Call, { id, finishedAt }: Job): boolean {
  const pictures = services.store.pictures.ofJob(id)
  return finishedAt !== undefined && pictures.every(({ deletedAt }) => deletedAt !== undefined)
}
