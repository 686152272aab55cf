'use client'

import { useState, type FormEvent } from 'react'
import { useI18n } from '@/lib/i18n'
import { addressOf, withValue, type ListQuery } from '@/lib/query'
import { minorOf, typedOf } from '@/lib/typed-price'
import { usePage } from '../page'

/** From and to, typed as prices are spoken of; the address holds minor units. */
export function PriceRange({ query, path, id }: { query: ListQuery; path: string; id: string }) {
  const { t, href } = useI18n()
  const { currency } = usePage()
  const [wrong, setWrong] = useState(false)

  function apply(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    let next = query
    for (const name of ['price_min', 'price_max']) {
      const typed = String(fields.get(name) ?? '')
      const minor = typed.trim() === '' ? '' : minorOf(typed, currency)
      if (minor === null) return setWrong(true)
      next = withValue(next, name, minor)
    }
    location.assign(href(addressOf(path, next)))
  }

  const field = 'input min-h-10 px-2.5 py-1.5 text-sm'
  return (
    <form onSubmit={apply} noValidate className="py-4">
      <fieldset>
        <legend className="font-semibold">{t('filter.price', { currency })}</legend>
        <div className="mt-3 flex items-center gap-2">
          <label htmlFor={`${id}-min`} className="sr-only">{t('filter.price_min')}</label>
          <input id={`${id}-min`} name="price_min" inputMode="decimal" maxLength={12} placeholder={t('filter.from')} defaultValue={typedOf(query.get('price_min'), currency)} aria-invalid={wrong || undefined} aria-describedby={wrong ? `${id}-wrong` : undefined} className={field} />
          <span aria-hidden="true">–</span>
          <label htmlFor={`${id}-max`} className="sr-only">{t('filter.price_max')}</label>
          <input id={`${id}-max`} name="price_max" inputMode="decimal" maxLength={12} placeholder={t('filter.to')} defaultValue={typedOf(query.get('price_max'), currency)} aria-invalid={wrong || undefined} aria-describedby={wrong ? `${id}-wrong` : undefined} className={field} />
          <button type="submit" className="btn-quiet min-h-10 shrink-0 px-3 py-1.5 text-sm">{t('filter.apply')}</button>
        </div>
        {wrong && <p id={`${id}-wrong`} role="alert" className="mt-2 text-sm font-medium text-bad">{t('filter.price_wrong')}</p>}
      </fieldset>
    </form>
  )
}
