import type { Text } from '../chat.ts'
import { duration, moment } from './format.ts'
import { say } from './text.ts'

export const UNITS = { seconds: '秒', minutes: '分钟', hours: '小时' }
export const timeLeft = (ms: number | undefined) => (ms === undefined ? undefined : `大约还要 ${duration(ms, UNITS)}`)
export const waking = (ms: number) => `正在唤醒模型，大约 ${duration(ms, UNITS)}`
export const until = (at: number | undefined): Text => (at === undefined ? [] : say`，${moment(at)} 到期`)
