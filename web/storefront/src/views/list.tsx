'use client'

import { Breadcrumbs } from '@/components/list/breadcrumbs'
import { Listing } from '@/components/list/listing'
import { useSearch } from '@/components/given'
import { Page } from '@/components/page'
import type { ListDocument } from '@/lib/document'
import { useI18n } from '@/lib/i18n'
import { addressOf, ownQuery, withoutFilters } from '@/lib/query'

const SORTS = ['newest', 'price_asc', 'price_desc']
const COLLECTION_SORTS = ['manual', 'newest', 'price_asc', 'price_desc']

/** Everything, a category or a collection: which of them is told by the document. */
export function List() {
  return <Page<ListDocument>>{(page) => <ListPage page={page} />}</Page>
}

function ListPage({ page }: { page: ListDocument }) {
  const { t, href } = useI18n()
  const { category, collection, ancestors = [], children = [] } = page
  const title = category?.title ?? collection?.title ?? t('list.all')
  const query = ownQuery(useSearch())
  return (
    <div className="wrap pt-6">
      <Breadcrumbs steps={ancestors} here={title} />
      <h1 className="mt-4 text-3xl font-extrabold tracking-tight sm:text-4xl">{title}</h1>
      {collection?.description && <p className="mt-3 max-w-2xl leading-7 text-muted">{collection.description}</p>}
      {children.length > 0 && (
        <nav aria-label={t('list.children')} className="mt-5">
          <ul className="flex flex-wrap gap-2">
            {children.map((child) => <li key={child.path}><a href={href(`/categories/${child.path}`)} className="chip">{child.title}</a></li>)}
          </ul>
        </nav>
      )}
      <Listing
        path={page.path}
        query={query}
        products={page.products}
        facets={page.facets}
        total={page.total}
        nextCursor={page.next_cursor}
        sorts={collection ? COLLECTION_SORTS : SORTS}
        byCategory={page.kind === 'products'}
        empty={<Empty clear={href(addressOf(page.path, withoutFilters(query)))} />}
      />
    </div>
  )
}

function Empty({ clear }: { clear: string }) {
  const { t, href } = useI18n()
  return (
    <div className="card p-8 text-center sm:p-12">
      <h2 className="text-xl font-semibold">{t('list.empty')}</h2>
      <p className="mt-2 text-muted">{t('list.empty_hint')}</p>
      <div className="mt-6 flex flex-wrap justify-center gap-3">
        <a href={clear} className="btn-primary">{t('filter.clear')}</a>
        <a href={href('/products')} className="btn-quiet">{t('nav.all')}</a>
      </div>
    </div>
  )
}
