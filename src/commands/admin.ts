import type { Text, View } from '../chat.ts'
import { moment } from '../messages/format.ts'
import { code, join, lines, say, typed } from '../messages/text.ts'
import type { AuditEntry } from '../store/audit.ts'
import { UserError } from '../user-error.ts'
import { type Call, defineCommand } from './define.ts'
import { writeChart } from './stats-chart.ts'
import { writeAudit } from './write-audit.ts'

const USUAL_DAYS = 14
const MOST_DAYS = 90
const TOP_PEOPLE = 5
const AUDIT_PAGE = 10

/** The owner's levers: the line, any job, figures, and who did what. */
export const admin = defineCommand({
  name: 'admin',
  params: {
    action: { kind: 'choice', choices: ['pause', 'resume', 'drain', 'cancel', 'stats', 'audit'], required: true },
    number: { kind: 'integer', min: 1, max: Number.MAX_SAFE_INTEGER },
  },
  access: 'admin',
  run(call, { action, number }) {
    switch (action) {
      case 'pause':
      case 'resume':
      case 'drain':
        return setMode(call, action)
      case 'cancel':
        return cancel(call, number)
      case 'stats':
        return stats(call, Math.min(number ?? USUAL_DAYS, MOST_DAYS))
      case 'audit':
        return audit(call, number ?? 1)
      default:
        return action satisfies never
    }
  },
})

function setMode(call: Call, action: 'pause' | 'resume' | 'drain'): View {
  const { queue } = call.services
  queue[action]()
  writeAudit(call, { action: `admin ${action}`, target: 'queue' })
  return { text: call.messages.queue.mode(queue.mode()), private: true }
}

function cancel(call: Call, id: number | undefined): View {
  const { services, messages, actor } = call
  if (id === undefined) throw new UserError('missing', { param: 'number' })
  if (!services.store.jobs.get(id)) throw new UserError('no-such-job', { job: id })
  const result = services.queue.cancel(id, actor)
  if (result === 'ended') throw new UserError('not-waiting', { job: id })
  writeAudit(call, { action: 'admin cancel', target: `job:${id}` })
  return { text: messages.cancel.done(id, result === 'stopping'), private: true }
}

async function stats(call: Call, count: number): Promise<View> {
  const { services, messages } = call
  const days = services.store.stats.days(services.clock.now(), count)
  const top = services.store.stats.top(days[0]!.from, TOP_PEOPLE)
  const chart = await writeChart(call, days, top)
  return {
    text: lines(
      messages.stats.title(count),
      messages.stats.sums({
        pictures: sum(days.map((day) => day.pictures)),
        failed: sum(days.map((day) => day.failed)),
        credits: sum(days.map((day) => day.credits)),
        computeMs: sum(days.map((day) => day.computeMs)),
        waiting: services.queue.size(),
      }),
      ...top.map(({ name, person, pictures }, i) => messages.stats.person(i + 1, name || `#${person}`, pictures)),
    ),
    pictures: [chart],
    private: true,
  }
}

function audit(call: Call, page: number): View {
  const { services, messages } = call
  const entries = services.store.audit.recent(AUDIT_PAGE, Math.min(page - 1, 1e9) * AUDIT_PAGE)
  if (entries.length === 0) {
    const pages = Math.ceil(services.store.audit.count() / AUDIT_PAGE)
    return { text: pages > 0 ? messages.history.pastEnd(pages) : messages.admin.auditEmpty(), private: true }
  }
  return { text: lines(...entries.map((entry) => auditRow(call, entry))), private: true }
}

function auditRow(call: Call, { at, actor, action, target, details, reason }: AuditEntry): Text {
  const told = JSON.stringify(details)
  return join(
    [
      say`${moment(at)} ${typed(actor)} ${code(action)} ${typed(nameInAudit(call, target))}`,
      told !== '{}' && typed(told),
      reason !== undefined && typed(reason),
    ],
    ' ',
  )
}

/** A row has a person as their number, which nobody knows: their accounts say who it is. */
function nameInAudit({ services }: Call, target: string): string {
  const person = /^person:(\d+)$/u.exec(target)?.[1]
  const accounts = person === undefined ? [] : services.store.people.accounts(Number(person))
  return accounts.map(({ platform, account, name }) => `${name} ${platform}:${account}`.trim()).join(' + ') || target
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
