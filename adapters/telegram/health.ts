import type { TelegramClock } from './clock.ts'

/**
 * `connecting` until the first answer; `online`; `waiting` between two tries after an outage, or for Telegram to reach the
 * webhook; `token-refused` (401) and `other-instance` (409) need the owner and are tried again all the same; `stopped`.
 */
export type HealthState = 'connecting' | 'online' | 'waiting' | 'token-refused' | 'other-instance' | 'stopped'

export interface TelegramHealth {
  readonly state: HealthState
  /** When Telegram last answered, or called the webhook. An old moment is an outage. */
  readonly lastContactAt: number | undefined
}

export interface HealthKeeper {
  read(): TelegramHealth
  become(state: HealthState): void
  contact(): void
}

export function createHealth(clock: TelegramClock): HealthKeeper {
  let health: TelegramHealth = { state: 'connecting', lastContactAt: undefined }
  return {
    read: () => health,
    become(state) {
      health = { ...health, state }
    },
    contact() {
      health = { ...health, lastContactAt: clock.now() }
    },
  }
}
