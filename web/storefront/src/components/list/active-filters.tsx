'use client'

import { useI18n } from '@/lib/i18n'
import { addressOf, toggled, withoutFilters, type ListQuery } from '@/lib/query'
import { CloseIcon } from '../icons'
import { moneyText } from '../money'
import { usePage } from '../page'

const NAMES = ['category', 'brand', 'attribute', 'price_min', 'price_max']

export function filtersOn(query: ListQuery): [name: string, value: string][] {
  return [...query].filter(([name]) => NAMES.includes(name))
}

/** What the list is narrowed down by now; each can be taken away. */
export function ActiveFilters({ query, path }: { query: ListQuery; path: string }) {
  const { t, href, locale } = useI18n()
  const { currency } = usePage()
  const active = filtersOn(query)
  if (active.length === 0) return null
  function told(name: string, value: string): string {
    if (name === 'price_min' || name === 'price_max') return t(`filter.${name}_told`, { price: moneyText(locale, Number(value), currency) })
    return name === 'attribute' ? value.replace(':', ': ') : value.split('/').at(-1) ?? value
  }
  return (
    <ul aria-label={t('filter.active')} className="mt-4 flex flex-wrap items-center gap-2">
      {active.map(([name, value]) => (
        <li key={`${name} ${value}`}>
          <a href={href(addressOf(path, toggled(query, name, value)))} rel="nofollow" className="chip pr-3">
            <span className="sr-only">{t('filter.remove')} </span>{told(name, value)}<CloseIcon width="14" height="14" />
          </a>
        </li>
      ))}
      <li><a href={href(addressOf(path, withoutFilters(query)))} rel="nofollow" className="link inline-flex min-h-9 items-center px-2 text-sm">{t('filter.clear')}</a></li>
    </ul>
  )
}
