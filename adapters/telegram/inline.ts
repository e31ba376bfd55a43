import type { Api } from 'grammy'
import type { InlineQuery, InlineQueryResultCachedPhoto } from 'grammy/types'
import type { Core } from '../../src/chat.ts'
import type { Pictures } from './pictures.ts'
import { MAX_CAPTION, render } from './render.ts'
import { sentencesFor, type TelegramWords } from './words.ts'

// Telegram: 50 results an answer. Pictures that were never sent as photos have no id and are left out.
const MAX_RESULTS = 50
// Of somebody who draws elsewhere, most were never sent here; every letter that they type asks anew.
const MAX_JOBS = 1000
// Long enough to scroll, short enough that the newest picture is there soon.
const CACHE_SECONDS = 10

/** A finished picture of a person's own, for `@bot words` in any chat. */
interface OwnPicture {
  readonly job: number
  /** As in `ViewPicture`: a PNG below the data folder. */
  readonly path: string
  readonly prompt: string
}

/**
 * The pictures of this person whose prompts hold all the words typed so far, of at most so many jobs, the newest first; no
 * words: all of them.
 */
export type FindPictures = (person: string, words: string, maxJobs: number) => Iterable<OwnPicture>

interface Deps {
  readonly api: Api
  readonly core: Core
  readonly find: FindPictures
  readonly pictures: Pictures
  readonly words: TelegramWords
}

/** `@bot cat` in any chat offers one's own finished pictures, by the ids under which Telegram has them. */
export async function answerInline(deps: Deps, query: InlineQuery): Promise<void> {
  const { api, find, pictures } = deps
  const words = query.query.trim()
  const results: InlineQueryResultCachedPhoto[] = []
  for (const { job, path, prompt } of find(String(query.from.id), words, MAX_JOBS)) {
    const id = pictures.photoId(path)
    // Telegram: a name of at most 64 bytes. Two jobs may show one file.
    if (id) results.push(photo(`${job}:${path}`, id, prompt))
    if (results.length === MAX_RESULTS) break
  }
  const { noPictures, noneFound } = sentencesFor(deps, query.from)
  const button = { text: words === '' ? noPictures : noneFound, start_parameter: 'imagine' }
  await api.answerInlineQuery(query.id, results, {
    cache_time: CACHE_SECONDS,
    is_personal: true,
    ...(results.length === 0 && { button }),
  })
}

function photo(id: string, fileId: string, prompt: string): InlineQueryResultCachedPhoto {
  const { text, entities } = render([{ kind: 'typed', text: prompt }], MAX_CAPTION)
  return { type: 'photo', id, photo_file_id: fileId, caption: text, caption_entities: entities }
}
