import type { Db } from './database.ts'

export interface Speed {
  readonly pixels: number
  readonly msPerMegapixelEvaluation: number
  readonly samples: number
}

/** What was measured of an engine, by picture size: attention makes large pictures dearer a pixel. */
export function createSpeeds(db: Db) {
  const put = db.prepare(
    `INSERT INTO speeds VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
     ms_per_megapixel_evaluation = excluded.ms_per_megapixel_evaluation, samples = excluded.samples, at = excluded.at`,
  )
  const all = db.prepare(
    `SELECT pixels, ms_per_megapixel_evaluation AS msPerMegapixelEvaluation, samples FROM speeds
     WHERE engine = ? ORDER BY pixels`,
  )
  return {
    put: (engine: string, speed: Speed, now: number) =>
      void put.run(engine, speed.pixels, speed.msPerMegapixelEvaluation, speed.samples, now),
    all: (engine: string) => all.all(engine) as Speed[],
  }
}
