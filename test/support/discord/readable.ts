import { ComponentType } from 'discord-api-types/v10'
import type { Message } from './world.ts'

/** What a person reads of a message: markup is gone, what was escaped is as typed, marks without width are there. */
export function readable({ content, embeds }: Pick<Message, 'content' | 'embeds'>): string {
  const text = [content, ...embeds.map(({ description }) => description ?? '')].filter(Boolean).join('\n')
  return text
    .replace(/<t:(\d+):R>/gu, (_, seconds: string) => new Date(Number(seconds) * 1_000).toISOString())
    .replace(/\\([^0-9A-Za-z\s])|\*\*|`/gu, (_, escaped: string | undefined) => escaped ?? '')
    .replace(/[\u2068\u2069]/gu, '')
}

interface ShownButton {
  readonly id: string
  readonly label: string
  readonly disabled: boolean
}

export function buttonsOf(message: Message): ShownButton[] {
  return message.components.flatMap((row) =>
    row.type !== ComponentType.ActionRow
      ? []
      : row.components.flatMap((part) =>
          part.type === ComponentType.Button && 'custom_id' in part
            ? [{ id: part.custom_id, label: part.label ?? '', disabled: part.disabled ?? false }]
            : [],
        ),
  )
}
