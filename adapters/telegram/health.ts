import type { TelegramLog } from './log.ts'

/**
 * `connecting` until the first answer; `online`; `waiting` between two tries after an outage, or for Telegram to reach the
 * webhook; `token-refused` (401) and `other-instance` (409) need the owner and are tried again all the same; `stopped`.
 */
export type HealthState = 'connecting' | 'online' | 'waiting' | 'token-refused' | 'other-instance' | 'stopped'

/** As it is now: written by those who find out. */
export interface Health {
  state: HealthState
}

/** Telegram answers. Where it did not before, the log says so: a guide has people look for it. */
export function comeOnline(health: Health, log: TelegramLog): void {
  if (health.state !== 'online') log.info({}, 'connected to Telegram')
  health.state = 'online'
}
