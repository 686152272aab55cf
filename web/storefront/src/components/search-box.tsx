'use client'

import { useI18n } from '@/lib/i18n'
import { SearchIcon } from './icons'

/** A form that works without a script. */
export function SearchBox({ id }: { id: string }) {
  const { t, href } = useI18n()
  return (
    <form action={href('/search')} role="search" className="relative">
      <label htmlFor={id} className="sr-only">{t('search.label')}</label>
      <input id={id} name="q" type="search" required maxLength={200} placeholder={t('search.placeholder')} className="input pr-11" />
      <button type="submit" aria-label={t('search.submit')} className="absolute inset-y-0 right-0 grid w-11 place-items-center">
        <SearchIcon />
      </button>
    </form>
  )
}
