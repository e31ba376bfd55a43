import { en } from './en.ts'
import { zh } from './zh.ts'

/** Every sentence a person can read. English is the shape; the others have the same one. */
export type Messages = typeof en

export type Language = 'en' | 'zh'
export const LANGUAGES: readonly Language[] = ['en', 'zh']

/** For a language tag such as `zh-CN`, `en_GB.UTF-8` or what is stored with a job. Anything unknown is English. */
export function messagesIn(tag: string): Messages {
  return languageOf(tag) === 'zh' ? zh : en
}

export function languageOf(tag: string | undefined): Language | undefined {
  return LANGUAGES.find((language) => tag?.toLowerCase().split(/[-_.:]/u, 1)[0] === language)
}
