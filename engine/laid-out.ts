import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat, statfs, truncate } from 'node:fs/promises'
import os from 'node:os'
import { join } from 'node:path'
import { env } from 'onnxruntime-node'
import type { Checkpoint, TensorIndex } from './checkpoint/checkpoint.ts'
import { modelHash } from './checkpoint/model-hash.ts'
import type { Graph } from './graph/builder.ts'
import { machine } from './probes.ts'
import type { FileRange } from './read-ahead.ts'
import { relativeError } from './relative-error.ts'
import { createSession, type Session, type SessionOptions } from './session.ts'

/** Numbers of a session, to hold it against another of the same graph. */
export type Trial = (session: Session) => Promise<Float32Array>

/** Below a model's folder. */
const FOLDER = 'laid-out'
const MODEL_FILE = 'model.onnx'
const WEIGHTS_FILE = 'weights.bin'
/** Behind the name of what has not been tried yet. */
const DRAFT = '.draft'
// Beside the weights: the graph, and what rounding up to whole pages adds.
const ROOM_FACTOR = 1.1
// The runtime puts what is smaller anywhere in its file. Blocks of few bits are then read wrongly, or end the process: their
// kernels look for the parts of what they laid out at round addresses.
const ALIGNED_BYTES = 2 ** 20
// The same weights in the same kernels.
const MAX_ERROR = 1e-6

/**
 * A model's weights as the runtime lays them out for the kernels of this CPU. To lay them out takes longer than to read
 * them; so what it made when a graph was loaded first is kept beside the model, and mapped into memory from then on. It is
 * made anew for another CPU, runtime, graph or model. Only a help: where it can't be written, or does not compute the same,
 * nothing is kept.
 */
export interface LaidOut {
  /** What is kept of a graph's weights; undefined where nothing is yet. */
  find(graph: Graph): Promise<FileRange | undefined>
  /** As `createSession`. */
  open(graph: Graph, weights: TensorIndex, options: SessionOptions, trial: Trial): Promise<Session>
}

/** Of the model in `folder`. */
export async function openLaidOut(folder: string, checkpoint: Checkpoint): Promise<LaidOut> {
  const madeFor = [env.versions.node, await cpuKind(), await modelHash(checkpoint)].join()
  const placeOf = ({ name, model }: Graph): string => {
    const key = createHash('sha256').update(madeFor).update(model).digest('hex').slice(0, 16)
    return join(folder, FOLDER, name, key)
  }

  return {
    async find(graph) {
      const file = join(placeOf(graph), WEIGHTS_FILE)
      const there = await stat(file).catch(() => undefined)
      return there && { file, offset: 0, length: there.size }
    },

    async open(graph, weights, options, trial) {
      if (!canBeKept(graph, weights)) return createSession(graph, options)
      const place = placeOf(graph)
      const draft = place + DRAFT
      const openKept = () => openWritten(graph, options, place).catch(() => discard(place))
      const kept = await openKept()
      if (kept) return kept
      // What lies there still did not compute the same, or took the process with it; or another engine makes it now.
      if (!existsSync(draft) && (await hasRoom(folder, graph)))
        await make(graph, options, trial, draft).catch(() => discard(draft))
      return (await openKept()) ?? createSession(graph, options)
    },
  }
}

function canBeKept({ tensors }: Graph, weights: TensorIndex): boolean {
  return tensors
    .flatMap((name) => weights.get(name) ?? [])
    .every(({ dtype, length }) => dtype !== 'U8' || length >= ALIGNED_BYTES)
}

async function make(graph: Graph, options: SessionOptions, trial: Trial, draft: string): Promise<void> {
  await mkdir(draft, { recursive: true })
  const written = { model: join(draft, MODEL_FILE), weights: WEIGHTS_FILE }
  const expected = await numbersOf(await createSession(graph, options, written), trial)
  const got = await numbersOf(await openWritten(graph, options, draft), trial)
  if (relativeError(got, expected) < MAX_ERROR) await keep(draft)
  else await truncate(join(draft, WEIGHTS_FILE))
}

async function openWritten(graph: Graph, options: SessionOptions, weightFolder: string): Promise<Session> {
  const model = await readFile(join(weightFolder, MODEL_FILE))
  return createSession({ ...graph, model, weightFolder }, options, 'written')
}

async function numbersOf(session: Session, trial: Trial): Promise<Float32Array> {
  return trial(session).finally(() => session.release())
}

async function hasRoom(folder: string, { weightBytes }: Graph): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder)
  return weightBytes * ROOM_FACTOR < bavail * bsize
}

/** Makes a draft the only one. */
async function keep(draft: string): Promise<void> {
  // A machine that loses its power would otherwise leave a file of its full length, with nothing in it.
  const weights = await open(join(draft, WEIGHTS_FILE), 'r+')
  await weights.sync().finally(() => weights.close())
  const place = draft.slice(0, -DRAFT.length)
  await rename(draft, place)
  const all = join(place, '..')
  for (const other of await readdir(all)) if (join(all, other) !== place) await discard(join(all, other))
}

async function discard(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch(() => {})
}

/** What decides which kernels the runtime takes. A CPU's name alone does not tell what a virtual machine hides of it. */
async function cpuKind(): Promise<string> {
  const [features] = (await machine.read('/proc/cpuinfo'))?.match(/^(flags|Features)\s*:.*$/m) ?? []
  return [os.arch(), os.cpus()[0]?.model, features].join()
}
