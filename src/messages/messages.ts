import { en } from './en.ts'
import { languageOf } from './language.ts'
import { zh } from './zh.ts'

/** Every sentence a person can read. English is the shape; the others have the same one. */
export type Messages = typeof en

/** For a language tag such as `zh-CN`, `en_GB.UTF-8` or what is stored with a job. Anything unknown is English. */
export function messagesIn(tag: string): Messages {
  return languageOf(tag) === 'zh' ? zh : en
}
