import { readProfile } from '../profile.ts'
import { openPromptEncoder } from '../prompt.ts'
import { type Checkpoint, openCheckpoint } from './checkpoint.ts'
import { expectWanted } from './wanted.ts'

/** Opens a model that pictures can be made of, as far as can be told without reading weights. Throws an `EngineError`. */
export async function openUsable(path: string): Promise<Checkpoint> {
  const checkpoint = await openCheckpoint(path)
  expectWanted(checkpoint)
  await openPromptEncoder(checkpoint.tokenizer)
  await readProfile(checkpoint)
  return checkpoint
}
