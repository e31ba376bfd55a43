import type { EngineFault } from '../engine/engine.ts'

/**
 * What the `models` commands ask of the program, and what they are told: plain data and six functions. `main.ts` hands in
 * whoever does the work.
 */
export interface ModelsWork {
  get(name: string, revision: string | undefined, watch: Watch): Promise<ModelPlace>
  list(): Promise<readonly ModelRow[]>
  check(name: string, watch: Watch): Promise<ModelReport>
  /** Gives the bytes that are free now. */
  remove(name: string): Promise<number>
  prepare(name: string, precision: Precision, watch: Watch): Promise<ModelPlace>
  /** What stood in the way, in a sentence; undefined: an error nobody expected. */
  explain(error: unknown): string | undefined
}

export const PRECISIONS = ['int4', 'int8', 'float16', 'bfloat16', 'float32'] as const
export type Precision = (typeof PRECISIONS)[number]

export interface Watch {
  /** Ctrl-C. What was done until then is kept. */
  readonly signal: AbortSignal
  readonly onProgress: (progress: Progress) => void
  readonly onTrouble: (trouble: Trouble) => void
}

export interface Progress {
  readonly doneBytes: number
  readonly totalBytes: number
  /** A file, or whatever is worked on. */
  readonly what: string
}

/** Something broke and is tried again. */
interface Trouble {
  readonly what: string
  readonly reason: Reason
  readonly waitMs: number
}

export type Reason =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'network'; readonly code: string }
  | { readonly kind: 'silent'; readonly seconds: number }
  | { readonly kind: 'short' }

interface ModelPlace {
  /** What `MODEL` may say. */
  readonly name: string
  readonly path: string
  /** Nothing was left to do. */
  readonly already: boolean
}

export interface ModelRow {
  readonly name: string
  readonly path: string
  readonly bytes: number
  readonly configured: boolean
  readonly state:
    | { readonly kind: 'complete'; readonly precision: string }
    | { readonly kind: 'fetching'; readonly repo: string; readonly revision: string; readonly totalBytes: number }
    | { readonly kind: 'preparing' }
    | { readonly kind: 'broken'; readonly fault: EngineFault }
}

/** All that is wrong with a model. */
export interface ModelReport {
  readonly path: string
  readonly ok: boolean
  readonly parts: readonly {
    readonly part: string
    readonly tensors: number
    readonly bytes: number
    readonly findings: readonly Finding[]
  }[]
  readonly faults: readonly EngineFault[]
}

export type Finding =
  | { readonly kind: 'missing'; readonly tensor: string; readonly expected: readonly number[] }
  | { readonly kind: 'extra'; readonly tensor: string; readonly found: readonly number[]; readonly file: string }
  | {
      readonly kind: 'shape'
      readonly tensor: string
      readonly expected: readonly number[]
      readonly found: readonly number[]
      readonly file: string
    }
  | { readonly kind: 'type'; readonly tensor: string; readonly found: string; readonly file: string }
  | { readonly kind: 'not-finite'; readonly tensor: string; readonly count: number; readonly file: string }
  | ({ readonly kind: 'fault'; readonly tensor?: string } & EngineFault)

/** A line of progress, in numbers. */
export interface ProgressLine {
  readonly name: string
  readonly progress: Progress
  /** How many cells the bar has. */
  readonly cells: number
  /** Undefined: not known yet. */
  readonly bytesPerSecond: number | undefined
  readonly leftMs: number | undefined
}

/** Every sentence of the `models` commands, handed in by `main.ts`. */
export interface ModelsWords {
  readonly progress: (line: ProgressLine) => string
  readonly trouble: (trouble: Trouble) => string
  readonly got: (place: ModelPlace) => string
  readonly already: (place: ModelPlace) => string
  readonly bytes: (bytes: number) => string
  readonly complete: string
  readonly preparing: string
  /** Behind how much there is: of how much. */
  readonly fetching: (repo: string, revision: string | undefined, totalBytes: number) => string
  readonly broken: (fault: EngineFault) => string
  readonly removed: (name: string, bytes: number) => string
  /** After Ctrl-C. `command`: goes on with what was kept. */
  readonly stopped: (command: string | undefined) => string
  readonly sound: (path: string) => string
  readonly unsound: (path: string) => string
  readonly part: (name: string, tensors: number, bytes: number) => string
  readonly finding: (finding: Finding) => string
  /** What concerns no single part. */
  readonly fault: (fault: EngineFault) => string
}
