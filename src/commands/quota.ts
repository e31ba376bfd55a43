import { lines } from '../messages/text.ts'
import { cost } from '../quota.ts'
import { askerOf } from './asker.ts'
import { defineCommand } from './define.ts'

/** What is left, what a picture costs, when it refills. */
export const quota = defineCommand({
  name: 'quota',
  params: {},
  access: 'everyone',
  run(call) {
    const { quota, engine } = call.services
    const words = call.messages.quota
    const balance = quota.balance(askerOf(call))
    const { widthPx, heightPx, steps, guidance } = engine.profile
    const usual = cost({ prompt: '', seed: 0, widthPx, heightPx, steps, guidance })
    return {
      text: lines(
        words.left(balance),
        !balance.unlimited && words.day(balance),
        ...balance.grants.map((grant) => words.grant(grant.left, grant.expiresAt)),
        words.usual(usual, balance.unlimited ? undefined : Math.floor(balance.left / usual)),
      ),
      private: true,
    }
  },
})
