import type { View } from '../chat.ts'
import { lines } from '../messages/text.ts'
import type { Job } from '../store/jobs.ts'
import { type Call, defineCommand } from './define.ts'
import { findPicture } from './find-picture.ts'
import { showJob } from './job-view.ts'
import { isSecret, visibleJob } from './own-job.ts'
import { JOB } from './params.ts'

/** A job by its id, or what is known of a picture: by its own text, or by its pixels. */
export const show = defineCommand({
  name: 'show',
  params: { job: JOB },
  access: 'everyone',
  onPicture: true,
  async run(call, args) {
    const { attachment } = call.incoming
    if (!attachment || args.job !== undefined) return jobDetails(call, visibleJob(call, args.job))
    const found = await findPicture(call, attachment)
    if (found.kind === 'job') return jobDetails(call, found.job)
    return { text: call.messages.show.embedded(found.parameters), private: true }
  },
})

function jobDetails(call: Call, job: Job): View {
  const { services, messages, incoming, language, person } = call
  // What delivery shows, in this person's language now. `job` stays out: the message to be kept up to date is the first one.
  const asked = { ...job, language }
  const adults = incoming.from.ageRestricted ?? false
  const view = showJob(services, asked, { adults, reader: person })
  const { id, createdAt } = job
  const text = lines(view.text, messages.show.made(id, createdAt))
  return { ...view, job: undefined, text, private: true, secret: isSecret(call, job), working: false, computing: false }
}
