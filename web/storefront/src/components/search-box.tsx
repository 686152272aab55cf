'use client'

import { useState, type KeyboardEvent } from 'react'
import { useI18n } from '@/lib/i18n'
import { useSearch } from './given'
import { SearchIcon } from './icons'
import { Suggestions, optionId } from './suggestions'
import { useSuggestions } from './use-suggestions'
import { usePage } from './page'

/** A form that works without a script; with one it is a combobox that shows products while somebody types. */
export function SearchBox({ id }: { id: string }) {
  const { t, href, carriedCurrency } = useI18n()
  const { currency, kind } = usePage()
  const search = useSearch()
  const [typed, setTyped] = useState(() => (kind === 'search' ? (new URLSearchParams(search).get('q') ?? '') : ''))
  const [open, setOpen] = useState(false)
  const [active, setActive] = useState(-1)
  const { products, known } = useSuggestions(open ? typed : '', currency)
  const shown = open && typed.trim().length > 1 && known
  const list = `${id}-list`

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>) {
    if (event.key === 'Escape' && shown) {
      event.preventDefault()
      return setOpen(false)
    }
    const chosen = products[active]
    if (event.key === 'Enter' && shown && chosen) {
      event.preventDefault()
      return location.assign(href(`/products/${chosen.slug}`))
    }
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step === 0) return
    event.preventDefault()
    setOpen(true)
    // Beyond either end is the field itself (-1).
    const places = products.length + 1
    if (shown) setActive(((active + 1 + step + places) % places) - 1)
  }

  return (
    <form action={href('/search').split('?')[0]} role="search" className="relative" onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setOpen(false)}>
      <label htmlFor={id} className="sr-only">{t('search.label')}</label>
      <input
        id={id}
        name="q"
        type="search"
        required
        maxLength={200}
        autoComplete="off"
        placeholder={t('search.placeholder')}
        className="input search-field pr-11 pl-4"
        role="combobox"
        aria-autocomplete="list"
        aria-expanded={shown && products.length > 0}
        aria-controls={list}
        aria-activedescendant={shown && active >= 0 ? optionId(list, active) : undefined}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value)
          setActive(-1)
          setOpen(true)
        }}
        onKeyDown={onKeyDown}
      />
      {carriedCurrency && <input type="hidden" name="currency" value={carriedCurrency} />}
      <button type="submit" aria-label={t('search.submit')} className="absolute inset-y-0 right-0 grid w-11 place-items-center rounded-control"><SearchIcon /></button>
      <Suggestions id={list} products={shown ? products : []} active={active} />
      <p role="status" className="sr-only">{shown ? t(products.length === 0 ? 'search.none_yet' : 'search.suggestions', { count: products.length }) : ''}</p>
    </form>
  )
}
