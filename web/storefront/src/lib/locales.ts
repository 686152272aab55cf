/** The languages that are built. The first has no prefix in its addresses. */
export const LOCALES = ['en', 'de', 'ja'] as const
export type Locale = (typeof LOCALES)[number]
export const DEFAULT_LOCALE: Locale = 'en'

export function isLocale(word: string | undefined): word is Locale {
  return LOCALES.includes(word as Locale)
}

/** `/cart` in German is `/de/cart`. */
export function localized(locale: Locale, path: string): string {
  if (locale === DEFAULT_LOCALE) return path
  return path === '/' ? `/${locale}` : `/${locale}${path}`
}
