import { ComponentType, TextInputStyle } from 'discord.js'
import { clip, type Form } from '../../src/chat.ts'

// Discord: five fields a form, titles and labels of 45 characters, values of 4,000.
const FIELDS = 5
const TITLE_LENGTH = 45
const VALUE_LENGTH = 4_000

/** A form as Discord's modal. */
export function modalOf({ id, title, fields }: Form): object {
  return {
    custom_id: id,
    title: clip(title, TITLE_LENGTH),
    components: fields.slice(0, FIELDS).map((field) => {
      const most = Math.min(Math.max(field.maxLength, 1), VALUE_LENGTH)
      return {
        type: ComponentType.ActionRow,
        components: [
          {
            type: ComponentType.TextInput,
            custom_id: field.name,
            label: clip(field.label, TITLE_LENGTH),
            style: TextInputStyle.Paragraph,
            required: field.required,
            max_length: most,
            // An empty value is refused where the field is required: there is nothing to fill in then.
            ...(field.value && { value: clip(field.value, most) }),
          },
        ],
      }
    }),
  }
}

/** A modal's rows as they come back: each field in a row of its own. */
export interface FilledRow {
  readonly components?: readonly FilledField[]
}

interface FilledField {
  readonly custom_id?: string
  readonly value?: string
}

/** What was filled in, by field name. */
export function filledIn(rows: readonly FilledRow[]): Record<string, string> {
  const fields = rows.flatMap(({ components }) => components ?? [])
  return Object.fromEntries(fields.flatMap(({ custom_id, value }) => (custom_id ? [[custom_id, value ?? '']] : [])))
}
