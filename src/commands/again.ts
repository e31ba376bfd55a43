import type { ImageRequest } from '../../engine/engine.ts'
import type { View } from '../chat.ts'
import type { Job } from '../store/jobs.ts'
import type { StyleId } from '../styles.ts'
import { UserError } from '../user-error.ts'
import { askForPicture } from './ask-for-picture.ts'
import { type Call, defineCommand } from './define.ts'
import { checkRequest, DEFAULT_VARY } from './drawing.ts'
import { staysPrivate, visibleJob } from './own-job.ts'
import { JOB } from './params.ts'

/** 🎲: the same words, another seed. */
export const again = defineCommand({
  name: 'again',
  params: { job: JOB },
  access: 'everyone',
  run(call, args) {
    return drawAgain(call, visibleJob(call, args.job), { seed: call.services.ids.seed() })
  },
})

/** 🌱: the same words, another seed, the prompt stirred: few-step models draw nearly the same for every seed. */
export const vary = defineCommand({
  name: 'vary',
  params: { job: JOB, strength: { kind: 'integer', min: 0, max: 100 } },
  access: 'everyone',
  run(call, args) {
    const changes = { seed: call.services.ids.seed(), vary: args.strength ?? DEFAULT_VARY }
    return drawAgain(call, visibleJob(call, args.job), changes)
  },
})

/** Asks for what a job drew, changed; refused where its words are forgotten or this model can't draw it. */
export function drawAgain(call: Call, job: Job, changes: Partial<ImageRequest>): View {
  if (job.prompt === '') throw new UserError('prompt-forgotten', { job: job.id })
  const request = { ...job.request, ...changes }
  checkRequest(request, call.services.engine.profile)
  const style = job.style as StyleId | undefined
  return askForPicture(call, { prompt: job.prompt, style, private: staysPrivate(call, job), request }, job.id)
}
