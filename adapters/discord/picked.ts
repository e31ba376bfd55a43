import type { APIAttachment, APIEmbed, APIEmbedImage, APIInteraction, APIMessage } from 'discord.js'
import { ApplicationCommandType, EmbedType, InteractionType } from 'discord.js'
import type { Attachment, Incoming } from '../../src/chat.ts'
import { MEBIBYTE } from './pictures.ts'

// Our own PNGs stay below; what is larger is no picture of ours.
const LARGEST_BYTES = 50 * MEBIBYTE
// For all of a message's pictures.
const DOWNLOAD_TIMEOUT_MS = 20_000
// How a PNG's text of that name begins, be it Latin or not.
const TEXTS = ['tEXtparameters\0', 'iTXtparameters\0']
// As the core names a job's pictures, and pictures.ts one that it changed.
const CHANGED = /^(?:SPOILER_)?zimagine-(\d+)-\d+\.webp$/u

/** Discord does not promise more of a message that a command was used on. */
type PartialMessage = Partial<APIMessage>

/**
 * What the message is about that a context-menu command was used on: a job of ours, or a picture, whose fetching `stopped`
 * ends. Nothing for other commands.
 */
export function pickedIn(interaction: APIInteraction, stopped: AbortSignal): Pick<Incoming, 'attachment' | 'values'> {
  if (interaction.type !== InteractionType.ApplicationCommand) return {}
  const { data, application_id } = interaction
  if (data.type !== ApplicationCommandType.Message) return {}
  const message = data.resolved?.messages?.[data.target_id]
  if (!message) return { attachment: async () => 'no-picture' }
  const job = changedJobOf(message, application_id)
  return job === undefined ? { attachment: () => pictureOf(message, stopped) } : { values: { job } }
}

/** The job of a message of ours whose picture had to be changed for Discord (pictures.ts): no pixel or text of it tells. */
function changedJobOf(message: PartialMessage, app: string): number | undefined {
  const { author, application_id, attachments = [] } = message
  if (author?.id !== app && application_id !== app) return undefined
  const [job] = attachments.flatMap(({ filename }) => CHANGED.exec(filename)?.[1] ?? [])
  return job === undefined ? undefined : Number(job)
}

/** The first of the message's pictures that tells how it was made, else the first. */
async function pictureOf(message: PartialMessage, stopped: AbortSignal): Promise<Attachment> {
  const urls = picturesOf(message)
  if (urls.length === 0) return 'no-picture'
  const signal = AbortSignal.any([AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS), stopped])
  let first: Uint8Array | undefined
  for (const url of urls) {
    const bytes = await download(url, signal)
    if (bytes && TEXTS.some((text) => bytes.includes(text))) return bytes
    first ??= bytes
  }
  return first ?? 'picture-not-fetched'
}

/** A forwarded message holds what it forwards as a snapshot. */
function picturesOf(message: PartialMessage): string[] {
  const shown = [message, ...(message.message_snapshots?.map((snapshot) => snapshot.message) ?? [])]
  return shown.flatMap((part) => picturesIn(part.attachments, part.embeds))
}

/**
 * Attachments are on Discord's servers as they were sent. Of an embed only Discord's copy is taken: the original's
 * address is whatever somebody wrote. A link to a picture is an embed that has it as its thumbnail.
 */
function picturesIn(attachments: readonly APIAttachment[] = [], embeds: readonly APIEmbed[] = []): string[] {
  const attached = attachments.filter(
    (file) => file.content_type?.startsWith('image/') ?? /\.(png|webp|jpe?g)$/iu.test(file.filename),
  )
  return [...attached.map(({ url }) => url), ...embeds.flatMap((embed) => pictureOfEmbed(embed)?.proxy_url ?? [])]
}

function pictureOfEmbed({ type, image, thumbnail }: APIEmbed): APIEmbedImage | undefined {
  return type === EmbedType.Image ? (image ?? thumbnail) : image
}

/** The bytes, or undefined where they are not to be had. */
async function download(url: string, signal: AbortSignal): Promise<Buffer | undefined> {
  try {
    const answer = await fetch(url, { signal })
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
