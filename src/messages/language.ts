export type Language = 'en' | 'zh'
export const LANGUAGES: readonly Language[] = ['en', 'zh']

/** Of a language tag such as `zh-CN` or `en_GB.UTF-8`; undefined for one that has no sentences here. */
export function languageOf(tag: string | undefined): Language | undefined {
  return LANGUAGES.find((language) => tag?.toLowerCase().split(/[-_.:]/u, 1)[0] === language)
}
