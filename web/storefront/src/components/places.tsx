'use client'

import { useI18n } from '@/lib/i18n'
import { GlobeIcon } from './icons'
import { useSearch } from './given'
import { usePage } from './page'

export const LANGUAGES = { en: 'English', de: 'Deutsch', ja: '日本語' }

/** Language and currency, behind a button. A native popover, so it opens without a script, too. */
export function Places() {
  const { t, locale } = useI18n()
  const { currency } = usePage()
  return (
    <>
      <button type="button" popoverTarget="places" aria-label={t('nav.places')} className="icon-button w-auto grid-flow-col gap-1.5 px-3 text-sm font-medium">
        <GlobeIcon />
        <span aria-hidden="true" className="max-xl:hidden">{locale.toUpperCase()} · {currency}</span>
      </button>
      <div id="places" popover="auto" className="card fixed inset-auto top-16 right-4 w-64 p-5 text-ink shadow-xl">
        <PlaceLinks />
      </div>
    </>
  )
}

/** The same page in another language, or with prices in another currency: both are addresses. */
export function PlaceLinks() {
  const { t, locale, carriedCurrency } = useI18n()
  const { locales, alternates, currency, currencies } = usePage()
  const search = useSearch()
  const kept = carriedCurrency ? `?currency=${carriedCurrency}` : ''
  return (
    <div className="grid gap-5">
      <nav aria-label={t('footer.languages')}>
        <p className="text-sm font-semibold">{t('footer.languages')}</p>
        <ul className="mt-2 flex flex-wrap gap-2">
          {locales.map((other) => (
            <li key={other}>
              <a className="chip" lang={other} hrefLang={other} href={`${alternates[other] ?? '/'}${kept}`} aria-current={other === locale || undefined}>{LANGUAGES[other]}</a>
            </li>
          ))}
        </ul>
      </nav>
      {currencies.length > 1 && (
        <nav aria-label={t('footer.currencies')}>
          <p className="text-sm font-semibold">{t('footer.currencies')}</p>
          <ul className="mt-2 flex flex-wrap gap-2">
            {currencies.map((other) => (
              <li key={other}>
                <a className="chip" rel="nofollow" href={inCurrency(search, other)} aria-current={other === currency || undefined}>{other}</a>
              </li>
            ))}
          </ul>
        </nav>
      )}
    </div>
  )
}

/** This address with the other currency. Prices that it filters by are of the old one, so they go. */
function inCurrency(search: string, currency: string): string {
  const query = new URLSearchParams(search)
  for (const name of ['cursor', 'price_min', 'price_max']) query.delete(name)
  query.set('currency', currency)
  return `?${query}`
}
