import type { Db } from './database.ts'
import { withoutNulls } from './row.ts'

export interface NewPicture {
  readonly job: number
  /** 0 … count − 1 */
  readonly position: number
  /** Below the data folder. */
  readonly path: string
  readonly bytes: number
  /** Of the RGB pixels (`pixelHash`). */
  readonly pixelHash: string
  readonly widthPx: number
  readonly heightPx: number
  readonly seed: number
  readonly createdAt: number
}

export interface StoredPicture extends NewPicture {
  readonly id: number
  /** The file is gone. */
  readonly deletedAt?: number
}

/** Who looks for a picture, and where. */
interface Looker {
  readonly person: number
  readonly platform: string
  readonly chat: string
  readonly admin: boolean
}

/** Picture files and whose they are. A file may be shared by several rows: it goes when the last of them does. */
export function createPictures(db: Db) {
  const insert = db.prepare(
    `INSERT INTO pictures (job, position, path, bytes, pixel_hash, width_px, height_px, seed, created_at)
     VALUES (@job, @position, @path, @bytes, @pixelHash, @widthPx, @heightPx, @seed, @createdAt)`,
  )
  const ofJob = db.prepare(`SELECT ${COLUMNS} FROM pictures WHERE job = ? ORDER BY position`)
  const byPixels = db.prepare(
    `SELECT found.* FROM (SELECT ${COLUMNS} FROM pictures WHERE pixel_hash = @pixelHash) AS found
     JOIN jobs ON jobs.id = found.job
     WHERE @admin OR person = @person OR platform = @platform AND chat = @chat AND NOT private
     ORDER BY prompt = '', person <> @person, found.id LIMIT 1`,
  )
  const markDeleted = db.prepare(
    'UPDATE pictures SET deleted_at = ? WHERE job = ? AND deleted_at IS NULL RETURNING path',
  )
  const resize = db.prepare('UPDATE pictures SET bytes = ? WHERE path = ? AND deleted_at IS NULL')
  const used = db.prepare('SELECT 1 FROM pictures WHERE path = ? AND deleted_at IS NULL LIMIT 1')
  const dropNotes = db.prepare('DELETE FROM notes WHERE picture = ?')
  const old = db
    .prepare(
      `SELECT DISTINCT job FROM pictures WHERE deleted_at IS NULL AND created_at < ?
       AND NOT EXISTS (SELECT 1 FROM stars WHERE stars.job = pictures.job)
       AND NOT EXISTS (SELECT 1 FROM posts WHERE posts.job = pictures.job AND posts.state IN ('waiting', 'sending'))
       ORDER BY created_at LIMIT ?`,
    )
    .pluck()
  const bytes = db
    .prepare(
      'SELECT total(bytes) FROM (SELECT max(bytes) AS bytes FROM pictures WHERE deleted_at IS NULL GROUP BY path)',
    )
    .pluck()
  return {
    add: (picture: NewPicture) => void insert.run(picture),
    ofJob: (job: number) => ofJob.all(job).map(withoutNulls<StoredPicture>),
    /**
     * What shows this, of what they may see (`maySee` in commands/own-job.ts): rather one whose words are kept, rather their
     * own, else the first.
     */
    byPixels(pixelHash: string, { person, platform, chat, admin }: Looker): StoredPicture | undefined {
      const row = byPixels.get({ pixelHash, person, platform, chat, admin: Number(admin) })
      return row === undefined ? undefined : withoutNulls<StoredPicture>(row)
    },
    /**
     * Marks a job's pictures as gone. The paths whose file nobody needs any more come back, to be deleted; notes about them
     * go now.
     */
    markDeleted(job: number, now: number): string[] {
      return db.transaction(() => {
        const paths = markDeleted.all(now, job) as { path: string }[]
        const unused = paths.map(({ path }) => path).filter((path) => used.get(path) === undefined)
        for (const path of unused) dropNotes.run(path)
        return unused
      })()
    },
    /** A file was written anew: of all rows that share it. */
    resize: (path: string, bytes: number) => void resize.run(bytes, path),
    /** Jobs with pictures made before `before` that nobody starred and that no chat waits for, oldest first. */
    jobsBefore: (before: number, limit: number) => old.all(before, limit) as number[],
    /** Of the files, each counted once. */
    totalBytes: () => bytes.get() as number,
  }
}

const COLUMNS = `id, job, position, path, bytes, pixel_hash AS pixelHash, width_px AS widthPx, height_px AS heightPx,
  seed, created_at AS createdAt, deleted_at AS deletedAt`
