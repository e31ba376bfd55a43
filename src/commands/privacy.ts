import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Json, View, ViewFile } from '../chat.ts'
import { UserError } from '../user-error.ts'
import { type Call, defineCommand } from './define.ts'

// Discord: 10 MiB a file, less what is around it; Telegram takes more. 100,000 jobs, packed, stay below.
const FILE_BYTES = 10_000_000

const packed = promisify(gzip)

/** What is stored of a person: told, handed out as a file, deleted. */
export const privacy = defineCommand({
  name: 'privacy',
  params: {
    action: { kind: 'choice', choices: ['export', 'delete'] },
    confirm: { kind: 'flag' },
  },
  access: 'everyone',
  run(call, { action, confirm }) {
    switch (action) {
      case undefined:
        return explain(call)
      case 'export':
        return exportAll(call)
      case 'delete':
        return confirm ? deleteAll(call) : askFirst(call)
      default:
        return action satisfies never
    }
  },
})

function explain({ messages, services }: Call): View {
  const { pictureDays, promptDays } = services.config.retention
  return {
    text: messages.privacy.explain({ pictureDays, promptDays }),
    buttons: [
      [
        { id: 'privacy:export', label: messages.buttons.exportAll },
        { id: 'privacy:delete', label: messages.buttons.deleteAll, style: 'danger' },
      ],
    ],
    private: true,
  }
}

async function exportAll({ services, person, messages }: Call): Promise<View> {
  const files = await filesOf(services.store.personData.exportOf(person))
  return { text: messages.privacy.exported(files.some(({ name }) => name.endsWith('.gz'))), files, private: true }
}

/** All in one; where that is too large a file a table, packed. */
async function filesOf(data: Readonly<Record<string, Json>>): Promise<ViewFile[]> {
  const tables = Object.entries(data).map(([name, rows]) => ({ name, json: Buffer.from(JSON.stringify(rows)) }))
  if (tables.reduce((bytes, { json }) => bytes + json.length, 0) < FILE_BYTES) {
    return [{ name: 'zimagine-data.json', mime: 'application/json', content: Buffer.from(JSON.stringify(data)) }]
  }
  const files: ViewFile[] = []
  for (const { name, json } of tables) {
    const content = await packed(json)
    if (content.length > FILE_BYTES) throw new UserError('export-too-large', {})
    files.push({ name: `zimagine-${name}.json.gz`, mime: 'application/gzip', content })
  }
  return files
}

function askFirst({ messages, incoming }: Call): View {
  return {
    kind: incoming.pressed && 'replace',
    text: messages.privacy.askFirst(),
    buttons: [[{ id: 'privacy:delete --confirm', label: messages.buttons.deleteForGood, style: 'danger' }]],
    private: true,
  }
}

async function deleteAll({ services, person, messages, actor, incoming }: Call): Promise<View> {
  await services.erasure.erase(person, actor)
  return {
    kind: incoming.pressed && 'replace',
    text: messages.privacy.deleted(),
    private: true,
  }
}
