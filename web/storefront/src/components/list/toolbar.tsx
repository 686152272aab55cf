'use client'

import { useRef, type ReactNode } from 'react'
import { useI18n } from '@/lib/i18n'
import { addressOf, withValue, type ListQuery } from '@/lib/query'
import { ChevronIcon, CloseIcon, FilterIcon } from '../icons'

interface Props {
  total?: number
  query: ListQuery
  path: string
  /** The first is what applies when the address says nothing. */
  sorts: string[]
  filters: ReactNode
  filtersOn: number
}

/** Above the grid: how many there are, their order, and on phones the way to the filters. */
export function Toolbar({ total, query, path, sorts, filters, filtersOn }: Props) {
  const { t, href } = useI18n()
  const dialog = useRef<HTMLDialogElement>(null)
  return (
    <div className="flex min-h-11 flex-wrap items-center gap-3">
      <button type="button" aria-haspopup="dialog" onClick={() => dialog.current?.showModal()} className="btn-quiet px-4 text-sm lg:hidden">
        <FilterIcon width="18" height="18" />{t('filter.title')}{filtersOn > 0 && ` (${filtersOn})`}
      </button>
      {total !== undefined && <p className="text-sm text-muted max-sm:order-last max-sm:w-full">{t(total === 1 ? 'list.count_one' : 'list.count', { count: total })}</p>}
      <div className="relative ml-auto">
        <label htmlFor="sort" className="sr-only">{t('sort.label')}</label>
        <select id="sort" className="select" value={query.get('sort') ?? sorts[0]} onChange={(event) => location.assign(href(addressOf(path, withValue(query, 'sort', event.target.value === sorts[0] ? null : event.target.value))))}>
          {sorts.map((sort) => <option key={sort} value={sort}>{t(`sort.${sort}`)}</option>)}
        </select>
        <ChevronIcon width="16" height="16" className="pointer-events-none absolute top-1/2 right-3 -translate-y-1/2 rotate-90" />
      </div>
      <dialog ref={dialog} aria-label={t('filter.title')} onClick={(event) => event.target === dialog.current && dialog.current.close()} className="fixed inset-x-0 top-auto bottom-0 m-0 max-h-[85dvh] w-full max-w-none rounded-t-card bg-surface p-0">
        <div className="sticky top-0 z-10 flex items-center justify-between border-b border-line bg-surface px-5 py-2">
          <p className="text-lg font-bold">{t('filter.title')}</p>
          <button type="button" onClick={() => dialog.current?.close()} aria-label={t('filter.close')} className="icon-button -mr-2.5"><CloseIcon /></button>
        </div>
        <div className="px-5 pb-8">{filters}</div>
      </dialog>
    </div>
  )
}
