import type { Api } from 'grammy'
import type { InlineQuery, InlineQueryResultCachedPhoto } from 'grammy/types'
import type { Core } from '../../src/chat.ts'
import type { FindPictures } from './memory.ts'
import type { Pictures } from './pictures.ts'
import { MAX_CAPTION, render } from './render.ts'
import { sentencesFor, type TelegramWords } from './words.ts'

// Telegram: 50 results an answer. Pictures that were never sent as photos have no id and are left out.
const MAX_RESULTS = 50
// Long enough to scroll, short enough that the newest picture is there soon.
const CACHE_SECONDS = 10

interface Deps {
  readonly api: Api
  readonly core: Core
  readonly find: FindPictures
  readonly pictures: Pictures
  readonly words: TelegramWords
}

/** `@bot cat` in any chat offers one's own finished pictures, by the ids under which Telegram has them. */
export async function answerInline({ api, core, find, pictures, words }: Deps, query: InlineQuery): Promise<void> {
  const results = find(String(query.from.id), query.query.trim(), MAX_RESULTS).flatMap((own) => {
    const id = pictures.photoId(own.path)
    return id ? [photo(`${own.job}:${own.path}`.slice(-64), id, own.prompt)] : []
  })
  const sentences = sentencesFor({ core, words }, query.from)
  const button = { text: sentences.noPictures, start_parameter: 'imagine' }
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
