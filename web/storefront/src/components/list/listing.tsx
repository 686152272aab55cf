'use client'

import type { ReactNode } from 'react'
import type { ProductSummary, SearchAnswer } from '@/lib/api/types'
import { useI18n } from '@/lib/i18n'
import { addressOf, withValue, type ListQuery } from '@/lib/query'
import { useSearch } from '../given'
import { ProductGrid } from '../product-card'
import { ActiveFilters, filtersOn } from './active-filters'
import { Filters } from './filters'
import { Toolbar } from './toolbar'

const EAGER = 4

interface Props {
  path: string
  query: ListQuery
  products: ProductSummary[]
  facets?: SearchAnswer['facets']
  total?: number
  nextCursor?: string | null
  sorts: string[]
  byCategory?: boolean
  empty: ReactNode
}

/** Products with what narrows them down: the same for the whole shop, a category, a collection and a search. */
export function Listing({ path, query, products, facets, total, nextCursor, sorts, byCategory, empty }: Props) {
  const { t } = useI18n()
  const filters = (id: string) => <Filters facets={facets} query={query} path={path} byCategory={byCategory} id={id} />
  return (
    <div className="mt-8 grid gap-x-10 lg:grid-cols-[15rem_1fr]">
      <aside aria-label={t('filter.title')} className="hidden lg:block">{filters('filter')}</aside>
      <div className="min-w-0">
        <Toolbar total={total} query={query} path={path} sorts={sorts} filters={filters('filter-small')} filtersOn={filtersOn(query).length} />
        <ActiveFilters query={query} path={path} />
        {products.length === 0 ? <div className="mt-6">{empty}</div> : (
          <>
            <h2 className="sr-only">{t('list.products')}</h2>
            <ProductGrid products={products} eager={EAGER} className="mt-6 grid grid-cols-2 gap-x-4 gap-y-10 sm:gap-x-6 md:grid-cols-3" />
          </>
        )}
        <Pages path={path} query={query} nextCursor={nextCursor} />
      </div>
    </div>
  )
}

/** On from here, and back to the beginning: real links, so that a crawler and the back button know them. */
function Pages({ path, query, nextCursor }: { path: string; query: ListQuery; nextCursor?: string | null }) {
  const { t, href } = useI18n()
  const later = new URLSearchParams(useSearch()).has('cursor')
  if (!later && !nextCursor) return null
  return (
    <nav aria-label={t('list.pages')} className="mt-14 flex flex-wrap justify-center gap-3">
      {later && <a href={href(addressOf(path, query))} className="btn-quiet">{t('list.first')}</a>}
      {nextCursor && <a href={href(addressOf(path, withValue(query, 'cursor', nextCursor)))} rel="next" className="btn-quiet px-8">{t('list.next')}</a>}
    </nav>
  )
}
