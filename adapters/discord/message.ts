import { ButtonStyle, ComponentType, MessageFlags } from 'discord.js'
import { type Button, clip, type View } from '../../src/chat.ts'
import { packPictures, WEBP } from './pictures.ts'
import { renderText } from './text.ts'
import type { Parcel } from './wire.ts'
import type { DiscordSentences } from './words.ts'

// Discord: content is 2,000 characters, an embed's description 4,096.
const CONTENT_LENGTH = 2_000
const DESCRIPTION_LENGTH = 4_096
// Discord: five rows of five buttons, labels of 80 characters, alternative texts of 1,024, ten files.
const ROWS = 5
const ROW_BUTTONS = 5
const LABEL_LENGTH = 80
const ALT_LENGTH = 1_024
const FILES = 10

export interface Wrapping {
  readonly dataDir: string
  readonly uploadBytes: number
  readonly words: DiscordSentences
  /** Lines of our own before and after the view's text. */
  readonly before?: string
  readonly after?: string
  /** The one person who is pinged, by a mention in `before`. */
  readonly ping?: string
}

/**
 * A view as a whole message: an edit with it leaves nothing of what was there before. Several pictures are several
 * attachments: Discord lays them out as a grid, and each opens as its original.
 */
export async function pack(view: View, wrapping: Wrapping): Promise<Parcel> {
  const { dataDir, uploadBytes, words, before, after, ping } = wrapping
  const pictures = view.pictures?.slice(0, FILES) ?? []
  const uploads = pictures.length > 0 ? await packPictures(pictures, dataDir, uploadBytes) : []
  const others = (view.files ?? []).map((file) => ({
    file: { name: file.name, data: Buffer.from(file.content), contentType: file.mime },
    alt: '',
  }))
  const all = [...uploads, ...others].slice(0, FILES)
  const isChanged = uploads.some(({ file }) => file.contentType === WEBP)
  const text = [renderText(view.text), isChanged && words.uploadedAsWebP, after].filter(Boolean).join('\n')
  return {
    body: {
      ...inContentOrEmbed(before, text),
      components: rowsOf(view.buttons ?? []),
      attachments: all.map(({ file, alt }, i) => ({
        id: String(i),
        filename: file.name,
        ...(alt && { description: clip(alt, ALT_LENGTH) }),
      })),
      allowed_mentions: { parse: [], ...(ping && { users: [ping] }) },
    },
    files: all.map(({ file }) => file),
  }
}

/** The same message, for its reader only. Decided by the first answer; an edit cannot change it. */
export function ephemeral(parcel: Parcel): Parcel {
  return { ...parcel, body: { ...parcel.body, flags: MessageFlags.Ephemeral } }
}

function inContentOrEmbed(before: string | undefined, text: string): object {
  const content = [before, text].filter(Boolean).join('\n')
  if (content.length <= CONTENT_LENGTH) return { content, embeds: [] }
  // A mention in an embed tells nobody.
  return { content: before ?? '', embeds: [{ description: clip(clipLongestLine(text), DESCRIPTION_LENGTH) }] }
}

/** The prompt gives way: what stands below it, such as the credits left, is short and must be seen. */
function clipLongestLine(text: string): string {
  const over = text.length - DESCRIPTION_LENGTH
  if (over <= 0) return text
  const lines = text.split('\n')
  const longest = lines.indexOf(lines.toSorted((a, b) => b.length - a.length)[0]!)
  return lines.map((line, i) => (i === longest ? clip(line, line.length - over) : line)).join('\n')
}

function rowsOf(rows: readonly (readonly Button[])[]): object[] {
  return rows
    .flatMap((row) => row.flatMap((_, i) => (i % ROW_BUTTONS === 0 ? [row.slice(i, i + ROW_BUTTONS)] : [])))
    .slice(0, ROWS)
    .map((row) => ({ type: ComponentType.ActionRow, components: row.map(buttonOf) }))
}

const STYLES = { primary: ButtonStyle.Primary, danger: ButtonStyle.Danger } as const

function buttonOf({ id, label, style }: Button): object {
  return {
    type: ComponentType.Button,
    custom_id: id,
    label: clip(label, LABEL_LENGTH),
    style: style ? STYLES[style] : ButtonStyle.Secondary,
  }
}
