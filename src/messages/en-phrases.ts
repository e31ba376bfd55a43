import type { Text } from '../chat.ts'
import { credits, duration, moment } from './format.ts'
import { say } from './text.ts'

export const UNITS = { seconds: 's', minutes: 'min', hours: 'h' }
export const timeLeft = (ms: number | undefined) => (ms === undefined ? undefined : `about ${duration(ms, UNITS)} left`)
export const waking = (ms: number) => `Waking the model, about ${duration(ms, UNITS)}`
export const many = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`
export const inCredits = (thousandths: number) => `${credits(thousandths)} credit${thousandths === 1000 ? '' : 's'}`
export const until = (at: number | undefined): Text => (at === undefined ? [] : say` (expires ${moment(at)})`)
