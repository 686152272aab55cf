'use client'

import type { ContentDocument, ListDocument, OrderDocument, PageDocument, ProductDocument } from '@/lib/document'
import { useI18n } from '@/lib/i18n'
import { useSearch } from './given'

/** Title and description of a page on Node; elsewhere the gateway has written them. */
export function Head({ page }: { page: PageDocument }) {
  const { t } = useI18n()
  const { product } = page as Partial<ProductDocument>
  const { category, collection } = page as Partial<ListDocument>
  const { page: content } = page as Partial<ContentDocument>
  const { number } = page as Partial<OrderDocument>
  const search = useSearch()
  const values = {
    name: product?.title ?? category?.title ?? collection?.title ?? content?.title ?? '',
    shop: page.shop.name,
    query: new URLSearchParams(search).get('q') ?? '',
    number: number ?? '',
  }
  return (
    <>
      <title>{t(`head.${page.kind}.title`, values)}</title>
      <meta name="description" content={t(`head.${page.kind}.description`, values)} />
    </>
  )
}
