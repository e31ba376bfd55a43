import type { Form, View } from '../chat.ts'
import type { Job } from '../store/jobs.ts'
import { UserError } from '../user-error.ts'
import { askForPicture } from './ask-for-picture.ts'
import { checkValues } from './check-values.ts'
import { type Call, defineCommand } from './define.ts'
import { drawingOf, drawingParams } from './drawing.ts'
import { labelsOf } from './info.ts'
import { isSecret, staysPrivate, visibleJob } from './own-job.ts'
import { JOB } from './params.ts'
import { quote, readText } from './read-text.ts'

// A negative prompt of the longest kind, and every other flag.
const SETTINGS_LENGTH = 1500

/** ✏️: asks for the words and settings of a job, filled in; what comes back is drawn. */
export const edit = defineCommand({
  name: 'edit',
  params: {
    job: { ...JOB, required: true },
    prompt: { kind: 'text', maxLength: drawingParams.prompt.maxLength },
    settings: { kind: 'text', maxLength: SETTINGS_LENGTH },
  },
  access: 'everyone',
  hidden: true,
  run(call, args) {
    const job = visibleJob(call, args.job)
    if (job.prompt === '') throw new UserError('prompt-forgotten', { job: job.id })
    if (args.prompt === undefined) return formView(call, job)
    const settings = args.settings === undefined ? {} : readText(flagsOnly, args.settings)
    const { size, ...typed } = { ...settings, ...readText(drawingParams, args.prompt) }
    // The form was filled in with it: a shape that was typed is meant to take its place.
    const isMeant = size !== undefined && (typed.aspect === undefined || size !== sizeOf(job))
    const { engine, ids } = call.services
    // The form is the whole truth: one's own defaults would change what it showed.
    const drawing = drawingOf(
      checkValues(drawingParams, isMeant ? { ...typed, size } : typed, labelsOf('imagine')),
      engine.profile,
      {},
      ids.seed,
    )
    return askForPicture(call, { ...drawing, private: drawing.private || staysPrivate(call, job) }, job.id)
  },
})

const { prompt: _, ...flagsOnly } = drawingParams

function formView(call: Call, job: Job): View {
  const words = call.messages.edit
  const form: Form = {
    id: `edit:${job.id}`,
    title: words.title(job.id),
    fields: [
      field('prompt', words.prompt, job.prompt, drawingParams.prompt.maxLength, true),
      field('settings', words.settings, settingsText(job), SETTINGS_LENGTH, false),
    ],
  }
  return { text: words.ask(job.id), form, private: true, secret: isSecret(call, job) }
}

function field(name: string, label: string, value: string, maxLength: number, required: boolean) {
  return { name, label, value, required, maxLength }
}

/** A job's settings as flags, as one would type them. */
function settingsText(job: Job): string {
  const { request, style, private: secret } = job
  return [
    `--size ${sizeOf(job)}`,
    `--seed ${request.seed}`,
    `--steps ${request.steps}`,
    `--guidance ${request.guidance}`,
    (request.count ?? 1) > 1 && `--count ${request.count}`,
    request.vary && `--vary ${request.vary}`,
    style && `--style ${style}`,
    secret && '--private',
    request.negativePrompt && `--no ${quote(request.negativePrompt)}`,
  ]
    .filter(Boolean)
    .join(' ')
}

function sizeOf({ request }: Job): string {
  return `${request.widthPx}x${request.heightPx}`
}
