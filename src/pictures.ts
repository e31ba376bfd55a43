import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import type { EngineInfo, ImageRequest, Picture } from '../engine/engine.ts'
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import { withoutText } from './png-chunks.ts'
import type { Job } from './store/jobs.ts'
import type { NewPicture } from './store/pictures.ts'
import type { Store } from './store/store.ts'
import { removeWhole, writeWhole, writeWholeNow } from './whole-file.ts'

/** PNG bytes, with the request in its `parameters` text. */
export type EncodePicture = (picture: Picture, request: ImageRequest, info: EngineInfo) => Promise<Uint8Array>

/** Below the data folder: the last one that was drawn, with names of people in it. */
export const CHART = 'charts/stats.png'

export type Pictures = ReturnType<typeof createPictures>

interface PicturesDeps {
  readonly store: Store
  readonly clock: Clock
  readonly config: Pick<Config, 'dataDir' | 'disk'>
  readonly engine: EngineInfo
  readonly encodePicture: EncodePicture
}

/** Picture files below the data folder: `pictures/2026-11-23/12-0.png`. */
export function createPictures({ store, clock, config, engine, encodePicture }: PicturesDeps) {
  const fileOf = (path: string): string => join(config.dataDir, path)
  mkdirSync(fileOf('pictures'), { recursive: true })
  // Kept beside the rows: summing a million of them at every request would take too long.
  let bytes = store.pictures.totalBytes()

  const keepOne = async (job: Job, picture: Picture, position: number): Promise<NewPicture> => {
    const png = await encodePicture(picture, { ...job.request, seed: picture.seed, count: 1 }, engine)
    const path = pathOf(job, position)
    await writeWhole(fileOf(path), png)
    bytes += png.byteLength
    return {
      job: job.id,
      position,
      path,
      bytes: png.byteLength,
      pixelHash: pixelHash(picture.pixels),
      widthPx: picture.widthPx,
      heightPx: picture.heightPx,
      seed: picture.seed,
      createdAt: clock.now(),
    }
  }

  /** Deletes what was written of a job that has no rows for it. */
  const discard = (job: Job): void => {
    for (let position = 0; position < (job.request.count ?? 1); position++) {
      removeWhole(fileOf(pathOf(job, position)))
    }
  }

  return {
    discard,
    /** Encodes, hashes and writes a job's pictures, all or none. Their rows are the caller's to add, with the job's end. */
    async keep(job: Job, pictures: readonly Picture[]): Promise<NewPicture[]> {
      const tries = await Promise.allSettled(pictures.map((picture, position) => keepOne(job, picture, position)))
      const kept = tries.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
      const failed = tries.find(({ status }) => status === 'rejected')
      if (!failed) return kept
      discard(job)
      bytes -= kept.reduce((sum, { bytes: size }) => sum + size, 0)
      throw (failed as PromiseRejectedResult).reason
    },
    /** Where a stored path is on this machine. */
    file: fileOf,
    exists: (path: string): boolean => existsSync(fileOf(path)),
    /**
     * Deletes a job's pictures, but not files that another job shows too. Throws where a file can't be deleted: the rows
     * then stay as they were, for another try.
     */
    remove(job: number): void {
      const sizes = new Map(store.pictures.ofJob(job).map((picture) => [picture.path, picture.bytes]))
      const deleted = store.transaction(() => {
        const paths = store.pictures.markDeleted(job, clock.now())
        // Before the rows are committed: a file that no row tells of would stay for ever.
        for (const path of paths) rmSync(fileOf(path), { force: true })
        return paths
      })
      for (const path of deleted) bytes -= sizes.get(path) ?? 0
    },
    /**
     * Takes the words out of the files of a job's pictures: what they show stays. A file that another job shows too loses
     * them with the first. How many files were written.
     */
    forgetText(job: number): number {
      let written = 0
      for (const { path, bytes: before, deletedAt } of store.pictures.ofJob(job)) {
        if (deletedAt || !existsSync(fileOf(path))) continue
        const content = withoutText(readFileSync(fileOf(path)))
        // Also where it was written and the process killed before its rows were.
        if (content.byteLength === before) continue
        store.transaction(() => {
          store.pictures.resize(path, content.byteLength)
          writeWholeNow(fileOf(path), content)
        })
        bytes += content.byteLength - before
        written++
      }
      return written
    },
    bytes: () => bytes,
    /** No room for another picture: the pictures' own limit is reached, the disk is nearly full, or it is not there. */
    full(): boolean {
      return bytes >= config.disk.maxPictureBytes || freeBytes(config.dataDir) < config.disk.minFreeBytes
    },
  }
}

/** By the day on which it was asked for: of a job that is drawn anew after a kill, the same as before. */
function pathOf(job: Job, position: number): string {
  return `pictures/${new Date(job.createdAt).toISOString().slice(0, 10)}/${job.id}-${position}.png`
}

/** Names a picture by what it shows: the same after any lossless copy, with or without metadata. */
export function pixelHash(rgb: Uint8Array): string {
  return createHash('sha256').update(rgb).digest('base64url')
}

/** Less than none where the folder can't be reached: moved away, or on a disk that is gone. */
function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    return -1
  }
}
