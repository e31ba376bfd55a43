import type { View } from '../chat.ts'
import { type Call, defineCommand } from './define.ts'

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

function exportAll({ services, person, messages }: Call): View {
  const content = Buffer.from(JSON.stringify(services.store.personData.exportOf(person), null, 2))
  return {
    text: messages.privacy.exported(),
    files: [{ name: 'zimagine-data.json', mime: 'application/json', content }],
    private: true,
  }
}

function askFirst({ messages, incoming }: Call): View {
  return {
    ...(incoming.pressed && { kind: 'replace' as const }),
    text: messages.privacy.askFirst(),
    buttons: [[{ id: 'privacy:delete --confirm', label: messages.buttons.deleteForGood, style: 'danger' }]],
    private: true,
  }
}

async function deleteAll({ services, person, messages, actor, incoming }: Call): Promise<View> {
  await services.erasure.erase(person, actor)
  return {
    ...(incoming.pressed && { kind: 'replace' as const }),
    text: messages.privacy.deleted(),
    buttons: [],
    private: true,
  }
}
