import { type Engine, EngineError, type EngineFault, type EngineInfo } from '../engine/engine.ts'
import type { Clock } from './clock.ts'
import type { Log } from './log.ts'

/** How one engine stands, for those who tell it: `/about`, health, metrics. */
export interface EngineStatus {
  /** 1 for the first. */
  readonly number: number
  /** The device it was asked for, as in the configuration. */
  readonly name: string
  /** Undefined: it could not be loaded when the service started. */
  readonly info: EngineInfo | undefined
  /** `asleep`: its model is unloaded, or on its way. `resting`: it crashed or could not wake, and tries again in a while. */
  readonly state: 'awake' | 'asleep' | 'resting' | 'missing'
  /** What is the matter with it, where something is. */
  readonly reason: string | undefined
}

interface Place {
  readonly engine: Engine
  readonly number: number
  state: 'free' | 'taken' | 'resting' | 'missing'
  /** Since when its model is being loaded for a job, by `Clock.elapsed`. */
  wakingSince: number | undefined
  reason: string | undefined
  /** Ends its rest early. */
  forgetRest: () => void
}

// Long enough that an engine which fails every time costs the line little, short enough that one which works again soon helps.
const REST_MS = 60_000

export type Engines = ReturnType<typeof createEngines>

/**
 * The engines of the house: which are there, which one takes the next job, how long it needs before it can begin. `missing`
 * is what `findMissing` found, at least one is not in it.
 */
export function createEngines({ engines, missing, clock, log }: EnginesDeps) {
  const places: readonly Place[] = engines.map((engine, i) => ({
    engine,
    number: i + 1,
    state: missing.has(engine) ? 'missing' : 'free',
    wakingSince: undefined,
    reason: missing.get(engine)?.message,
    forgetRest: () => {},
  }))
  const present = places.filter(({ state }) => state !== 'missing')
  const placeOf = (engine: Engine) => places.find((place) => place.engine === engine)!
  let returned = () => {}

  const isAwake = ({ state }: Engine) => state === 'idle' || state === 'computing'

  /** Time until the model is there; 0 where it is. */
  const wakeMs = ({ engine, wakingSince }: Place): number => {
    if (isAwake(engine)) return 0
    const loadMs = engine.info?.loadMs ?? 0
    return Math.max(0, loadMs - (wakingSince === undefined ? 0 : clock.elapsed() - wakingSince))
  }

  const inUse = () => present.filter(({ state }) => state !== 'resting')

  return {
    /** The first that is there speaks for all: they have one model. */
    first: present[0]!.engine.info!,
    /** What is loaded now, of all that are there. */
    infos: (): EngineInfo[] => present.map(({ engine }) => engine.info!),
    /** How many jobs can be at engines at once. At least one. */
    count: () => inUse().length,
    /** Those that have no job now. */
    free: (): Engine[] => places.flatMap(({ state, engine }) => (state === 'free' ? engine : [])),
    wakeMs: (engine: Engine) => wakeMs(placeOf(engine)),

    /** The free engine that can begin first. Give it back. */
    take(): Engine {
      const [place] = places.filter(({ state }) => state === 'free').sort((a, b) => wakeMs(a) - wakeMs(b))
      if (!place) throw new RangeError('expected a free engine, all are taken')
      place.state = 'taken'
      if (!isAwake(place.engine)) place.wakingSince ??= clock.elapsed()
      return place.engine
    },
    /** Its model is loaded. */
    woken(engine: Engine): void {
      const place = placeOf(engine)
      place.wakingSince = undefined
      place.reason = undefined
    },
    give(engine: Engine): void {
      const place = placeOf(engine)
      place.state = 'free'
      // Where a job was cancelled while its model was being loaded, that goes on; after a failure or a crash it does not.
      if (engine.state !== 'loading') place.wakingSince = undefined
      if (isAwake(engine)) place.reason = undefined
    },
    /**
     * For an engine that crashed or could not be woken. True: it rests for a while, others take the jobs. False: it is the
     * only one; give it back.
     */
    rest(engine: Engine, reason: string): boolean {
      const place = placeOf(engine)
      place.wakingSince = undefined
      place.reason = reason
      place.state = 'free'
      if (inUse().length === 1) return false
      place.state = 'resting'
      log.warn({ engine: place.number, device: engine.name, reason }, 'an engine rests')
      place.forgetRest = clock.after(REST_MS, () => {
        place.state = 'free'
        returned()
      })
      return true
    },
    /** Calls back whenever an engine is back from its rest. */
    onReturn(call: () => void): void {
      returned = call
    },
    /** Nobody comes back any more. */
    stop(): void {
      for (const { forgetRest } of places) forgetRest()
    },

    statuses: (): EngineStatus[] =>
      places.map(({ engine, number, state, reason }) => ({
        number,
        name: engine.name,
        info: engine.info,
        state: state === 'missing' || state === 'resting' ? state : isAwake(engine) ? 'awake' : 'asleep',
        reason,
      })),
  }
}

interface EnginesDeps {
  readonly engines: readonly Engine[]
  /** Those that could not be loaded, and why. */
  readonly missing: ReadonlyMap<Engine, Error>
  readonly clock: Clock
  readonly log: Log
}

/**
 * Waits until each engine is loaded or cannot be, and gives those that cannot, each with its reason. Throws where that is
 * all of them.
 */
export async function findMissing(engines: readonly Engine[], log: Log): Promise<Map<Engine, Error>> {
  const settled = await Promise.allSettled(engines.map(({ ready }) => ready))
  const missing = new Map<Engine, Error>()
  for (const [i, result] of settled.entries()) {
    const engine = engines[i]!
    if (result.status === 'rejected') missing.set(engine, result.reason)
  }
  if (missing.size === engines.length) throw noneReady(missing)
  for (const [engine, reason] of missing) log.error({ device: engine.name, err: reason }, 'an engine is missing')
  return missing
}

function noneReady(missing: ReadonlyMap<Engine, Error>): Error {
  const reasons = [...missing.values()]
  const [first] = reasons
  if (!first) return new RangeError('expected at least one engine, got none')
  if (reasons.every(({ message }) => message === first.message)) return first
  const told = [...missing].map(([{ name }, { message }]) => `${name}: ${message}`)
  const engines = [...missing].map(([{ name }, reason]) => ({ name, fault: faultOf(reason) }))
  const { code } = faultOf(first)
  return new EngineError(code, `no engine could be loaded:\n  ${told.join('\n  ')}`, {
    cause: first,
    situation: { kind: 'no-engine', engines },
  })
}

function faultOf(error: Error): EngineFault {
  return error instanceof EngineError ? error.fault : { code: 'failed', message: error.message }
}
