import type { APIAttachment, APIEmbed, APIInteraction, APIMessage } from 'discord.js'
import { ApplicationCommandType, InteractionType } from 'discord.js'
import type { Attachment } from '../../src/chat.ts'
import { MEBIBYTE } from './pictures.ts'

// Our own PNGs stay below; what is larger is no picture of ours.
const LARGEST_BYTES = 50 * MEBIBYTE
const DOWNLOAD_TIMEOUT_MS = 20_000

/** The picture of the message that a context-menu command was used on; undefined for other commands. */
export async function pickedPicture(interaction: APIInteraction): Promise<Attachment | undefined> {
  if (interaction.type !== InteractionType.ApplicationCommand) return undefined
  const { data } = interaction
  if (data.type !== ApplicationCommandType.Message) return undefined
  const message = data.resolved?.messages?.[data.target_id]
  const url = message && pictureOf(message)
  return url === undefined ? 'no-picture' : ((await download(url)) ?? 'picture-not-fetched')
}

/** A forwarded message holds what it forwards as a snapshot. */
function pictureOf(message: APIMessage): string | undefined {
  const shown = [message, ...(message.message_snapshots?.map((snapshot) => snapshot.message) ?? [])]
  return shown.map((part) => pictureIn(part.attachments, part.embeds)).find((url) => url !== undefined)
}

/**
 * Attachments are on Discord's servers as they were sent. Of an embed only Discord's copy is taken: the original's
 * address is whatever somebody wrote.
 */
function pictureIn(attachments: readonly APIAttachment[] = [], embeds: readonly APIEmbed[] = []): string | undefined {
  const attached = attachments.find(
    (file) => file.content_type?.startsWith('image/') ?? /\.(png|webp|jpe?g)$/iu.test(file.filename),
  )
  return attached?.url ?? embeds.find((embed) => embed.image?.proxy_url)?.image?.proxy_url
}

/** The bytes, or undefined where they are not to be had. */
async function download(url: string): Promise<Uint8Array | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) })
    if (!answer.ok || !answer.body || Number(answer.headers.get('content-length')) > LARGEST_BYTES) return undefined
    const parts: Uint8Array[] = []
    let size = 0
    for await (const part of answer.body) {
      size += part.byteLength
      if (size > LARGEST_BYTES) return undefined
      parts.push(part)
    }
    return Buffer.concat(parts)
  } catch {
    return undefined
  }
}
