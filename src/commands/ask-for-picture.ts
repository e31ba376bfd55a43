import type { View } from '../chat.ts'
import type { NewJob } from '../store/jobs.ts'
import { checkAllowed } from './allowed.ts'
import { askerOf } from './asker.ts'
import type { Call } from './define.ts'
import type { Drawing } from './drawing.ts'
import { showJob } from './job-view.ts'
import { eventOf } from './once.ts'

/**
 * The one way from a command to a picture: checked, charged to whoever asks, and in line before anybody is told so. The
 * same event again is answered with the job it made. `source` is the job it was made from.
 */
export function askForPicture(call: Call, drawing: Drawing, source?: number): View {
  const { services, incoming, language } = call
  checkAllowed(call, [drawing.prompt, drawing.request.negativePrompt ?? ''])
  const job = services.intake.accept({
    event: eventOf(incoming),
    asker: askerOf(call),
    address: incoming.address,
    prompt: drawing.prompt,
    style: drawing.style,
    request: drawing.request,
    source,
    private: drawing.private,
    ageRestricted: ageRestrictionOf(call, source),
    language,
  })
  return showJob(services, job)
}

/** A chat for adults marks what is asked for in it, and whatever is made from that in other chats. */
function ageRestrictionOf({ services, incoming }: Call, source: number | undefined): NewJob['ageRestricted'] {
  if (incoming.from.ageRestricted) return 'here'
  const from = source === undefined ? undefined : services.store.jobs.get(source)
  return from?.ageRestricted && 'elsewhere'
}
