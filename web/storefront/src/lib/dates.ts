import type { Locale } from './locales'

/** A moment as people of the page's language write it, in their own time zone. */
export function dateText(locale: Locale, moment: string, withTime = false): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', ...(withTime ? { timeStyle: 'short' as const } : {}) }).format(new Date(moment))
}
