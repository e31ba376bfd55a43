/**
 * `connecting` until the first answer; `online`; `waiting` between two tries after an outage, or for Telegram to reach the
 * webhook; `token-refused` (401) and `other-instance` (409) need the owner and are tried again all the same; `stopped`.
 */
export type HealthState = 'connecting' | 'online' | 'waiting' | 'token-refused' | 'other-instance' | 'stopped'

export interface TelegramHealth {
  readonly state: HealthState
}

export interface HealthKeeper {
  read(): TelegramHealth
  become(state: HealthState): void
}

export function createHealth(): HealthKeeper {
  let health: TelegramHealth = { state: 'connecting' }
  return {
    read: () => health,
    become(state) {
      health = { state }
    },
  }
}
