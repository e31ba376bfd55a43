import type { IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import busboy from 'busboy'
import * as spec from 'discord-api-spec/zod'
import type { RESTPostAPIChannelMessageJSONBody } from 'discord-api-types/v10'
import { refusals } from './refusal.ts'
import type { World } from './world.ts'

export type MessageBody = Partial<RESTPostAPIChannelMessageJSONBody>

interface File {
  readonly name: string
  readonly type: string
  readonly bytes: Buffer
}

export interface Body {
  readonly json: unknown
  /** By the number in `files[n]`. */
  readonly files: ReadonlyMap<string, File>
}

// Discord: 25 MiB a request.
const REQUEST_BYTES = 25 * 2 ** 20

/** JSON, or multipart with `payload_json` and `files[n]`. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const type = request.headers['content-type'] ?? ''
  if (!type.startsWith('multipart/')) {
    const text = (await buffer(request)).toString()
    return { json: text ? JSON.parse(text) : undefined, files: new Map() }
  }
  const files = new Map<string, File>()
  const reading: Promise<void>[] = []
  let json: unknown
  await new Promise((resolve, reject) => {
    const form = busboy({ headers: request.headers, limits: { fieldSize: 2 ** 20 } })
    form.on('field', (name, value) => {
      if (name === 'payload_json') json = JSON.parse(value)
    })
    form.on('file', (name, stream, { filename, mimeType }) => {
      const index = /^files\[(\d+)\]$/u.exec(name)?.[1] ?? name
      reading.push(
        buffer(stream).then((bytes) => void files.set(index, { name: filename ?? name, type: mimeType, bytes })),
      )
    })
    form.on('close', resolve)
    form.on('error', reject)
    request.on('error', reject)
    request.pipe(form)
  })
  await Promise.all(reading)
  if ([...files.values()].reduce((sum, file) => sum + file.bytes.byteLength, 0) > REQUEST_BYTES)
    throw refusals.tooLarge()
  return { json, files }
}

const schemas = {
  commands: spec.ApplicationCommandUpdateRequestSchema,
  message: spec.CreateMessageInteractionCallbackRequestSchema,
  update: spec.UpdateMessageInteractionCallbackRequestSchema,
  modal: spec.ModalInteractionCallbackRequestSchema,
  completion: spec.ApplicationCommandAutocompleteCallbackRequestSchema,
  followUp: spec.IncomingWebhookRequestPartialSchema,
  hookEdit: spec.IncomingWebhookUpdateRequestPartialSchema,
  post: spec.MessageCreateRequestSchema,
  edit: spec.MessageEditRequestPartialSchema,
  direct: spec.CreatePrivateChannelRequestSchema,
} satisfies Record<string, spec.Schema>

/** Refuses what Discord's own specification refuses, and keeps it for the test to fail on. */
export function check<T>(world: World, kind: keyof typeof schemas, value: unknown): T {
  const schema: spec.Schema = schemas[kind]
  const { success, error } = schema.safeParse(value)
  if (!success) {
    const why = JSON.stringify(error?.issues)
    world.violations.push(`${kind}: ${why}`)
    throw refusals.invalidBody(why)
  }
  return value as T
}
