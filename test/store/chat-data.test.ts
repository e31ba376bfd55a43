import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/store/database.ts'
import { createStore } from '../../src/store/store.ts'
import { spoilerSwitch } from '../../src/store/switches.ts'
import type { VerdictKind } from '../../src/store/verdicts.ts'
import { temporaryFolder } from '../support/folder.ts'

function open() {
  const db = openDatabase(join(temporaryFolder(), 'z.db'))
  onTestFinished(() => void db.close())
  const store = createStore(db)
  const by = { actor: 'a', reason: undefined, at: 0, expiresAt: undefined }
  return {
    store,
    decide: (key: string, verdict: VerdictKind) => store.verdicts.put({ scope: 'chat', key, verdict, ...by }),
    rule: (scope: 'chat' | 'role', key: string, maxWaiting: number) =>
      store.rules.put({ scope, key, maxWaiting, actor: 'a', at: 0 }),
    job(chat: string, platform = 'telegram') {
      const request = { prompt: 'a fox', widthPx: 64, heightPx: 64, steps: 4, guidance: 0, seed: 1 }
      const { id } = store.jobs.add(
        {
          ...{
            event: `${platform}:${chat}`,
            person: store.people.of('telegram', '1', 'Ann', 0),
            prompt: 'a fox',
            request,
          },
          ...{ address: { platform, chat, route: null }, private: false, language: 'en' },
          ...{ priority: 0, weight: 1, cost: 5 },
        },
        0,
      )
      return () => store.jobs.get(id)!.address.chat
    },
  }
}

test('a chat with another id keeps its verdict, its rule, its switch and its pictures, and leaves nothing behind', () => {
  const { store, decide, rule, job } = open()
  decide('telegram:-5', 'blocked')
  rule('chat', 'telegram:-5', 3)
  store.switches.set(spoilerSwitch('telegram:-5'), 'on')
  const chat = job('-5')
  for (let told = 0; told < 2; told++) store.chatData.move('telegram', '-5', '-1005', 0)

  expect(store.verdicts.all(0)).toMatchObject([{ key: 'telegram:-1005', verdict: 'blocked' }])
  expect(store.rules.all(0)).toMatchObject([{ key: 'telegram:-1005', maxWaiting: 3 }])
  expect(store.switches.get(spoilerSwitch('telegram:-1005'))).toBe('on')
  expect(store.switches.get(spoilerSwitch('telegram:-5'))).toBeUndefined()
  expect(chat()).toBe('-1005')
})

test('what was decided about the new id already stays', () => {
  const { store, decide, rule } = open()
  decide('telegram:-5', 'blocked')
  decide('telegram:-1005', 'allowed')
  rule('chat', 'telegram:-5', 3)
  rule('chat', 'telegram:-1005', 4)
  store.switches.set(spoilerSwitch('telegram:-5'), 'on')
  store.switches.set(spoilerSwitch('telegram:-1005'), 'off')
  store.chatData.move('telegram', '-5', '-1005', 0)

  expect(store.verdicts.all(0)).toMatchObject([{ key: 'telegram:-1005', verdict: 'allowed' }])
  expect(store.rules.all(0)).toMatchObject([{ key: 'telegram:-1005', maxWaiting: 4 }])
  expect(store.switches.get(spoilerSwitch('telegram:-1005'))).toBe('off')
})

test('what is over by then was not decided', () => {
  const { store, decide, rule } = open()
  decide('telegram:-5', 'blocked')
  rule('chat', 'telegram:-5', 3)
  const over = { scope: 'chat', key: 'telegram:-1005', actor: 'a', at: 0, expiresAt: 9 } as const
  store.verdicts.put({ ...over, verdict: 'allowed', reason: undefined })
  store.rules.put({ ...over, maxWaiting: 4 })
  store.chatData.move('telegram', '-5', '-1005', 10)

  expect(store.verdicts.get('chat', 'telegram:-1005', 10)?.verdict).toBe('blocked')
  expect(store.rules.get('chat', 'telegram:-1005', 10).maxWaiting).toBe(3)
})

test('other chats, and what is no chat, stay where they are', () => {
  const { store, decide, rule, job } = open()
  decide('discord:-5', 'blocked')
  rule('role', 'telegram:-5', 3)
  const chats = [job('-5', 'discord'), job('-55')]
  store.chatData.move('telegram', '-5', '-1005', 0)

  expect(store.verdicts.all(0)).toMatchObject([{ key: 'discord:-5' }])
  expect(store.rules.all(0)).toMatchObject([{ scope: 'role', key: 'telegram:-5' }])
  expect(chats.map((chat) => chat())).toEqual(['-5', '-55'])
})
