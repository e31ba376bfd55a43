import { UserError } from '../user-error.ts'
import { drawAgain } from './again.ts'
import { askForPicture } from './ask-for-picture.ts'
import { checkValues } from './check-values.ts'
import { type Call, defineCommand } from './define.ts'
import { type Drawing, drawingOf, drawingParams } from './drawing.ts'
import { findPicture } from './find-picture.ts'
import { visibleJob } from './own-job.ts'
import { JOB } from './params.ts'

/** Draws a picture once more, just as it was: from a job, or from any copy of a picture we drew. */
export const reproduce = defineCommand({
  name: 'reproduce',
  params: { job: JOB },
  access: 'everyone',
  onPicture: true,
  async run(call, args) {
    const { attachment } = call.incoming
    if (!attachment || args.job !== undefined) return drawAgain(call, visibleJob(call, args.job), {})
    const found = await findPicture(call, attachment)
    if (found.kind === 'embedded') return askForPicture(call, fromText(call, found.parameters))
    return drawAgain(call, found.job, { seed: found.seed, count: 1 })
  },
})

/** The text in a picture is what anybody may have written: it is checked like what is typed. */
function fromText({ services }: Call, parameters: Readonly<Record<string, string>>): Drawing {
  const { prompt, ...settings } = parameters
  if (!prompt) throw new UserError('not-our-picture', {})
  const values = checkValues(drawingParams, { prompt, ...settings })
  return drawingOf(values, services.engine.profile, {}, services.ids.seed)
}
