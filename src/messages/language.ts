export type Language = 'en' | 'zh'
export const LANGUAGES: readonly Language[] = ['en', 'zh']

/** Of a language tag such as `zh-CN` or `en_GB.UTF-8`; undefined for one that has no sentences here. */
export function languageOf(tag: string | undefined): Language | undefined {
  return LANGUAGES.find((language) => tag?.toLowerCase().split(/[-_.:]/u, 1)[0] === language)
}

/** Of the system's settings, and of our own where somebody chose it. */
export function languageOfMachine({ LC_ALL, LC_MESSAGES, LANG, LANGUAGE }: NodeJS.ProcessEnv): Language {
  const chosen = languageOf(LANGUAGE)
  // .env.example has `en`: only what somebody put in its place was meant.
  if (chosen && chosen !== 'en') return chosen
  // Windows sets none of the variables.
  const ofSystem = new Intl.DateTimeFormat().resolvedOptions().locale
  return [LC_ALL, LC_MESSAGES, LANG, chosen, ofSystem].map(languageOf).find(Boolean) ?? 'en'
}
