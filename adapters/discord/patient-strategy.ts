import { SimpleShardingStrategy } from 'discord.js'

/**
 * The library takes a failure of the very first connection for the end of the login, and goes on connecting all the
 * same: who logs in again then has two sessions. With this the first connection is tried again like every other.
 */
export class PatientStrategy extends SimpleShardingStrategy {
  override async connect(): Promise<void> {
    await super.connect().catch(() => {})
  }
}
