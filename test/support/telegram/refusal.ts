import type { ApiError, ResponseParameters } from '@grammyjs/types'

/** A request that the Bot API refuses, in its own words. */
export class Refusal extends Error {
  readonly answer: ApiError

  constructor(error_code: number, description: string, parameters?: ResponseParameters) {
    super(description)
    this.answer = { ok: false, error_code, description, ...(parameters && { parameters }) }
  }
}

export function badRequest(description: string, parameters?: ResponseParameters): Refusal {
  return new Refusal(400, `Bad Request: ${description}`, parameters)
}

export function forbidden(description: string): Refusal {
  return new Refusal(403, `Forbidden: ${description}`)
}

export function tooMany(seconds: number): Refusal {
  return new Refusal(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds })
}

export const unauthorized = new Refusal(401, 'Unauthorized')

export const notModified = badRequest(
  'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
)

export const otherPoller = new Refusal(
  409,
  'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
)

export const webhookActive = new Refusal(
  409,
  "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
)
