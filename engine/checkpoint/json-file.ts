import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { EngineError } from '../engine.ts'
import { unreadable } from './fault.ts'

/**
 * Reads a text file of a model. Throws an `EngineError`: `checkpoint-missing` where there is none, `checkpoint-corrupt`
 * where it cannot be read.
 */
export function readTextFile(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause) => {
    throw unreadable(path, 'a file', cause)
  })
}

/** Reads a JSON file of a model. Errors as of `readTextFile`; what is not JSON is `checkpoint-corrupt`, too. */
export async function readJsonFile(path: string): Promise<unknown> {
  const text = await readTextFile(path)
  try {
    // Some editors begin a file with a byte order mark.
    return JSON.parse(text.replace(/^\ufeff/u, ''))
  } catch (cause) {
    throw new EngineError('checkpoint-corrupt', `${path}: expected JSON`, { cause })
  }
}

/** The same, and what it holds is as `schema` says, or else `checkpoint-corrupt`. */
export async function readJsonAs<T>(schema: z.ZodType<T>, path: string): Promise<T> {
  return parseAs(schema, path, await readJsonFile(path))
}

/** What a file's JSON holds. Throws an `EngineError` that names the file and what was expected in it. */
export function parseAs<T>(
  schema: z.ZodType<T>,
  path: string,
  json: unknown,
  code: 'checkpoint-corrupt' | 'unknown-architecture' = 'checkpoint-corrupt',
): T {
  const { success, data, error } = schema.safeParse(json)
  if (success) return data
  throw new EngineError(code, `${path}: ${z.prettifyError(error).replaceAll('\n', ' ')}`)
}

/** What a read gives; undefined where there is no such file. */
export function ifThere<T>(read: Promise<T>): Promise<T | undefined> {
  return read.catch((error) => {
    if (error instanceof EngineError && error.code === 'checkpoint-missing') return undefined
    throw error
  })
}
