/** One line an event, as pino writes them. */
export interface TelegramLog {
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}
