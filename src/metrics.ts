import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Clock } from './clock.ts'
import type { Engines } from './engines.ts'
import type { Events } from './events.ts'
import type { Pictures } from './pictures.ts'
import type { Queue } from './queue.ts'
import type { Store } from './store/store.ts'

interface MetricsDeps {
  readonly store: Store
  readonly engines: Engines
  readonly queue: Queue
  readonly pictures: Pictures
  readonly events: Events
  readonly clock: Clock
}

export type Metrics = ReturnType<typeof createMetrics>

// Seconds: from a small model on a GPU to a queue of an hour.
const BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600]

/** What Prometheus may know. Sums start anew with the process, as it expects. */
export function createMetrics({ store, engines, queue, pictures, events, clock }: MetricsDeps) {
  const registry = new Registry()
  const registers = [registry]
  // With the event loop's delay.
  collectDefaultMetrics({ register: registry })

  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value())
      },
    })
  gauge('zimagine_queue_length', 'Jobs that wait.', () => queue.size())
  gauge('zimagine_jobs_running', 'Jobs at an engine.', () => queue.running().length)
  gauge('zimagine_outbox_length', 'Results that no chat shows yet.', () => store.posts.countOpen())
  gauge('zimagine_pictures_bytes', 'Disk used by pictures.', () => pictures.bytes())
  new Gauge({
    name: 'zimagine_engine_loaded',
    help: 'Whether this engine has the model loaded: not while it sleeps, rests, or is missing.',
    labelNames: ['engine', 'device'],
    registers,
    collect() {
      for (const { number, name, state } of engines.statuses()) {
        this.set({ engine: number, device: name }, Number(state === 'awake'))
      }
    },
  })

  const busy = new Gauge({
    name: 'zimagine_engine_busy_share',
    help: 'Share of the time since the last look that an engine computed, 1 a busy engine.',
    registers,
  })
  let last = { at: clock.elapsed(), busyMs: queue.busyMs() }
  const measureBusy = () => {
    const now = { at: clock.elapsed(), busyMs: queue.busyMs() }
    if (now.at > last.at) busy.set((now.busyMs - last.busyMs) / (now.at - last.at))
    last = now
  }

  const histogram = (name: string, help: string) => new Histogram({ name, help, registers, buckets: BUCKETS })
  const waited = histogram('zimagine_waiting_seconds', 'From asking to the start at the engine.')
  const computed = histogram('zimagine_computing_seconds', 'At the engine.')
  const credits = new Counter({
    name: 'zimagine_credits_total',
    help: 'Credits of delivered jobs, not those that went back.',
    registers,
  })
  const ended = new Counter({
    name: 'zimagine_jobs_total',
    help: 'Jobs that ended, by how; failures by code.',
    labelNames: ['state', 'code'],
    registers,
  })

  const countEnd = (id: number) => {
    const job = store.jobs.get(id)
    if (!job) return
    ended.inc({ state: job.state, code: job.state === 'failed' ? (job.outcome ?? '') : '' })
    if (job.startedAt !== undefined) waited.observe((job.startedAt - job.createdAt) / 1000)
    if (job.state === 'succeeded' && job.computeMs) computed.observe(job.computeMs / 1000)
  }
  const stop = events.on((event) => {
    if (event.kind === 'ended') countEnd(event.job)
    if (event.kind === 'told') credits.inc(spentOn(store, event.job) / 1000)
  })

  return {
    contentType: registry.contentType,
    text(): Promise<string> {
      measureBusy()
      return registry.metrics()
    },
    stop,
  }
}

/** Credits go back where a job failed, was cancelled, or could not be delivered. */
function spentOn({ jobs, posts }: Store, id: number): number {
  const job = jobs.get(id)
  return job?.state === 'succeeded' && posts.get(id)?.state !== 'undeliverable' ? job.cost : 0
}
