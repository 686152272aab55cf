import type { Locale } from '../locales'

const CODES = ('AE AR AT AU BE BG BR CA CH CL CN CY CZ DE DK EE ES FI FR GB GR HK HR HU IE IL IN IS IT JP KR LI LT LU LV MT MX MY NL NO NZ ' +
  'PH PL PT QA RO SE SG SI SK TH TR TW UA US VN ZA').split(' ')

const LIKELY: Record<Locale, string> = { en: 'DE', de: 'DE', ja: 'JP' }

/** The country of a visitor, guessed by their browser; a field that is right already is one less. */
export function likelyCountry(locale: Locale): string {
  const region = typeof navigator === 'undefined' ? undefined : new Intl.Locale(navigator.language).region
  return region && CODES.includes(region) ? region : LIKELY[locale]
}

export function countries(locale: Locale): { code: string; name: string }[] {
  const names = new Intl.DisplayNames(locale, { type: 'region' })
  return CODES.map((code) => ({ code, name: names.of(code) ?? code })).sort((a, b) => a.name.localeCompare(b.name, locale))
}

export function countryName(locale: Locale, code: string): string {
  return new Intl.DisplayNames(locale, { type: 'region' }).of(code) ?? code
}
