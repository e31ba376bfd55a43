import type { Button } from '../chat.ts'
import { lines } from '../messages/text.ts'
import { defineCommand } from './define.ts'
import { isSecret } from './own-job.ts'

// One row of buttons on every platform.
const BUTTONS = 5

/** How long the line is, and where one's own jobs stand in it. */
export const queue = defineCommand({
  name: 'queue',
  params: {},
  access: 'everyone',
  run(call) {
    const { services, person, messages } = call
    const { queue, store } = services
    const own = store.jobs.waitingOf(person)
    const standing = own.map((job) => messages.queue.own(job.id, job.prompt, queue.status(job)))
    const buttons: Button[] = own.slice(0, BUTTONS).map((job) => ({
      id: `cancel:#${job.id}`,
      label: messages.buttons.cancelJob(job.id),
      style: 'danger',
    }))
    const line = { waiting: queue.size(), running: queue.running().length, leftMs: queue.totalLeftMs() }
    return {
      text: lines(messages.queue.line(line), messages.queue.mode(queue.mode()), ...standing),
      private: true,
      secret: own.some((job) => isSecret(call, job)),
      ...(buttons.length > 0 && { buttons: [buttons] }),
    }
  },
})
