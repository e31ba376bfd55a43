import type { Db } from './database.ts'
import { spoilerSwitch } from './switches.ts'

/** What concerns all that is kept of a chat, over every table. */
export function createChatData(db: Db) {
  const moveJobs = db.prepare('UPDATE jobs SET chat = @to WHERE platform = @platform AND chat = @from')
  const moveKeyed = ['verdicts', 'rules'].flatMap((table) => [
    // One that is over keeps nobody's place.
    db.prepare(`DELETE FROM ${table} WHERE scope = 'chat' AND key = @toKey AND expires_at <= @now`),
    db.prepare(`UPDATE OR IGNORE ${table} SET key = @toKey WHERE scope = 'chat' AND key = @fromKey`),
    db.prepare(`DELETE FROM ${table} WHERE scope = 'chat' AND key = @fromKey`),
  ])
  const moveSwitch = db.prepare('UPDATE OR IGNORE switches SET name = ? WHERE name = ?')
  const removeSwitch = db.prepare('DELETE FROM switches WHERE name = ?')

  return {
    /** The platform gave a chat another id. Where both have a rule, verdict or switch, that of `to` stays. */
    move(platform: string, from: string, to: string, now: number): void {
      const keys = { platform, from, to, fromKey: `${platform}:${from}`, toKey: `${platform}:${to}`, now }
      db.transaction(() => {
        for (const statement of [moveJobs, ...moveKeyed]) statement.run(keys)
        moveSwitch.run(spoilerSwitch(keys.toKey), spoilerSwitch(keys.fromKey))
        removeSwitch.run(spoilerSwitch(keys.fromKey))
      })()
    },
  }
}
