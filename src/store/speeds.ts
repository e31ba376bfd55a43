import type { Db } from './database.ts'

export interface MeasuredSpeed {
  readonly pixels: number
  readonly msPerMegapixelEvaluation: number
  /** What a picture takes besides its evaluations. */
  readonly fixedMs: number
  readonly samples: number
}

/** What was measured of an engine, by picture size: attention makes large pictures dearer a pixel. */
export function createSpeeds(db: Db) {
  const put = db.prepare(
    `INSERT INTO speeds (engine, pixels, ms_per_megapixel_evaluation, fixed_ms, samples, at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET ms_per_megapixel_evaluation = excluded.ms_per_megapixel_evaluation,
     fixed_ms = excluded.fixed_ms, samples = excluded.samples, at = excluded.at`,
  )
  const all = db.prepare(
    `SELECT pixels, ms_per_megapixel_evaluation AS msPerMegapixelEvaluation, fixed_ms AS fixedMs, samples FROM speeds
     WHERE engine = ? ORDER BY pixels`,
  )
  return {
    put: (engine: string, { pixels, msPerMegapixelEvaluation, fixedMs, samples }: MeasuredSpeed, now: number) =>
      void put.run(engine, pixels, msPerMegapixelEvaluation, fixedMs, samples, now),
    all: (engine: string) => all.all(engine) as MeasuredSpeed[],
  }
}
