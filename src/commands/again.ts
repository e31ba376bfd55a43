import type { Job } from '../store/jobs.ts'
import type { StyleId } from '../styles.ts'
import { UserError } from '../user-error.ts'
import { askForPicture } from './ask-for-picture.ts'
import { type Call, defineCommand } from './define.ts'
import { checkRequest, DEFAULT_VARY, type Drawing } from './drawing.ts'
import { staysPrivate, visibleJob } from './own-job.ts'
import { JOB } from './params.ts'

/** 🎲: the same words, another seed. */
export const again = defineCommand({
  name: 'again',
  params: { job: JOB },
  access: 'everyone',
  run(call, args) {
    const job = visibleJob(call, args.job)
    return askForPicture(call, redraw(call, job, { seed: call.services.ids.seed() }), job.id)
  },
})

/** 🌱: the same words, another seed, the prompt stirred: few-step models draw nearly the same for every seed. */
export const vary = defineCommand({
  name: 'vary',
  params: { job: JOB, strength: { kind: 'integer', min: 0, max: 100 } },
  access: 'everyone',
  run(call, args) {
    const job = visibleJob(call, args.job)
    const strength = args.strength ?? DEFAULT_VARY
    return askForPicture(call, redraw(call, job, { seed: call.services.ids.seed(), vary: strength }), job.id)
  },
})

/** The drawing of a job, changed; refused where its words are forgotten or this model can't draw it. */
export function redraw(call: Call, job: Job, changes: { readonly seed?: number; readonly vary?: number }): Drawing {
  if (job.prompt === '') throw new UserError('prompt-forgotten', { job: job.id })
  const request = { ...job.request, ...changes }
  checkRequest(request, call.services.engine.profile)
  return { prompt: job.prompt, style: job.style as StyleId | undefined, private: staysPrivate(call, job), request }
}
