'use client'

import { Listing } from '@/components/list/listing'
import { useSearch } from '@/components/given'
import { Page } from '@/components/page'
import type { SearchDocument } from '@/lib/document'
import { useI18n } from '@/lib/i18n'
import { ownQuery } from '@/lib/query'

const SORTS = ['relevance', 'newest', 'price_asc', 'price_desc']

export function Search() {
  return <Page<SearchDocument>>{(page) => <SearchPage page={page} />}</Page>
}

function SearchPage({ page }: { page: SearchDocument }) {
  const { t } = useI18n()
  const { search } = page
  const query = ownQuery(useSearch())
  const asked = query.get('q')?.trim() ?? ''
  return (
    <div className="wrap pt-8">
      <h1 className="text-3xl font-extrabold tracking-tight break-words sm:text-4xl">
        {asked ? t('search.title', { query: search.repaired ?? asked }) : t('search.title_all')}
      </h1>
      {search.repaired && <p className="mt-2 text-muted">{t('search.repaired', { query: asked })}</p>}
      <Listing
        path={page.path}
        query={query}
        products={search.items}
        facets={search.facets}
        total={search.total}
        nextCursor={search.next_cursor}
        sorts={SORTS}
        byCategory
        empty={<Nothing categories={page.categories} />}
      />
    </div>
  )
}

function Nothing({ categories }: { categories: SearchDocument['categories'] }) {
  const { t, href } = useI18n()
  return (
    <div className="card p-6 sm:p-10">
      <h2 className="text-xl font-semibold">{t('search.nothing')}</h2>
      <ul className="mt-3 list-disc space-y-1 pl-5 text-muted">
        <li>{t('search.tip_spelling')}</li>
        <li>{t('search.tip_fewer')}</li>
        <li>{t('search.tip_filters')}</li>
      </ul>
      <h3 className="mt-8 font-semibold">{t('search.popular')}</h3>
      <ul className="mt-3 flex flex-wrap gap-2">
        {categories.map((category) => <li key={category.path}><a href={href(`/categories/${category.path}`)} className="chip">{category.title}</a></li>)}
      </ul>
    </div>
  )
}
