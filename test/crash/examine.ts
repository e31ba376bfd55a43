import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { runDoctor } from '../../src/doctor.ts'
import { openForReading } from '../../src/store/database.ts'
import { pictureFiles } from '../../src/store/invariants.ts'
import { createStore, DATABASE, type Store } from '../../src/store/store.ts'
import type { Platform } from './platform.ts'

export interface CrashReport {
  readonly kills: number
  readonly events: number
  readonly jobs: number
  readonly succeeded: number
  readonly failed: number
  readonly cancelled: number
  /** Why jobs failed. */
  readonly codes: string
  /** Posted more than once: under way at a kill, and known as such. */
  readonly twice: number
  /** Their answer was lost; told at most once. */
  readonly doubtful: number
  readonly undeliverable: number
  /** Thousandths of a credit. */
  readonly charged: number
  /** What must not be. Empty: all is well. */
  readonly problems: readonly string[]
}

/** Compares what the database says with what the platform shows. */
export function examine(folder: string, platform: Platform, kills: number): CrashReport {
  const db = openForReading(join(folder, DATABASE))
  try {
    const told = new Set(pictureFiles(db).map(({ path }) => path))
    const untold = filesIn(folder, 'pictures').filter((path) => !told.has(path))
    return report(createStore(db), folder, platform, kills, untold)
  } finally {
    db.close()
  }
}

function filesIn(folder: string, below: string): string[] {
  return readdirSync(join(folder, below), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
}

function report(
  store: Store,
  folder: string,
  platform: Platform,
  kills: number,
  untold: readonly string[],
): CrashReport {
  const asked = platform.events.filter(({ command }) => command === 'imagine')
  const jobs = asked.flatMap(({ key }) => store.jobs.byEvent(`scripted:${key}`) ?? [])
  const problems = untold.map((path) => `${path} is of no picture`)
  const doctor: string[] = []
  if (!runDoctor(folder, (line) => doctor.push(line)))
    problems.push(...doctor.filter((line) => line.startsWith('BROKEN')))
  if (jobs.length !== asked.length) problems.push(`${asked.length} pictures were asked for, ${jobs.length} are jobs`)
  if (new Set(jobs.map(({ id }) => id)).size !== jobs.length) problems.push('two events share a job')

  let [twice, doubtful, undeliverable, charged] = [0, 0, 0, 0]
  for (const job of jobs) {
    const wrong = (what: string) => problems.push(`job ${job.id} (${job.state}): ${what}`)
    const post = store.posts.get(job.id)
    const { shown, deleted } = platform.showing(job.id)
    const paid = -store.ledger.ofJob(job.id).reduce((sum, { amount }) => sum + amount, 0)
    charged += paid
    if (job.finishedAt === undefined) wrong('was accepted and not finished')
    if (job.state !== 'succeeded') {
      if (shown > 0) wrong(`shows ${shown} pictures`)
      if (paid !== 0) wrong(`was charged ${paid}`)
      continue
    }
    if (paid !== (post?.state === 'undeliverable' ? 0 : job.cost)) wrong(`costs ${job.cost}, was charged ${paid}`)
    switch (post?.state) {
      case 'posted':
        if (shown > 1 && post.repeated) twice++
        else if (shown !== 1 && !(shown === 0 && deleted > 0)) wrong(`is posted ${shown} times`)
        break
      case 'doubtful':
        doubtful++
        if (shown > 1 && !post.repeated) wrong(`is doubtful and posted ${shown} times`)
        break
      case 'undeliverable':
        undeliverable++
        break
      default:
        wrong(`its post is ${post?.state}`)
    }
  }
  const inState = (state: string) => jobs.filter((job) => job.state === state).length
  return {
    kills,
    events: platform.events.length,
    jobs: jobs.length,
    succeeded: inState('succeeded'),
    failed: inState('failed'),
    cancelled: inState('cancelled'),
    codes: [...new Set(jobs.flatMap((job) => (job.state === 'failed' ? (job.outcome ?? '') : [])))].join(),
    twice,
    doubtful,
    undeliverable,
    charged,
    problems,
  }
}
