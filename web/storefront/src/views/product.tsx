'use client'

import { Breadcrumbs } from '@/components/list/breadcrumbs'
import { Page } from '@/components/page'
import { Attributes } from '@/components/product/attributes'
import { BuyBox } from '@/components/product/buy-box'
import { Gallery } from '@/components/product/gallery'
import { ProductGrid } from '@/components/product-card'
import type { ProductDocument } from '@/lib/document'
import { useI18n } from '@/lib/i18n'

export function Product() {
  return <Page<ProductDocument>>{(page) => <ProductPage page={page} />}</Page>
}

function ProductPage({ page }: { page: ProductDocument }) {
  const { t } = useI18n()
  const { product, ancestors, related } = page
  return (
    <div className="wrap pt-6">
      <Breadcrumbs steps={ancestors} here={product.title} />
      <div className="mt-4 grid gap-x-16 gap-y-8 lg:grid-cols-2">
        <Gallery product={product} />
        <div>
          <BuyBox page={page} />
          <section className="mt-10 border-t border-line pt-8">
            <h2 className="text-lg font-bold">{t('product.description')}</h2>
            <p className="mt-3 leading-7 whitespace-pre-line">{product.description}</p>
          </section>
          <Attributes attributes={product.attributes} />
        </div>
      </div>
      {related.length > 0 && (
        <section className="mt-20">
          <h2 className="heading">{t('product.related')}</h2>
          <ProductGrid products={related} className="grid-products mt-6" />
        </section>
      )}
    </div>
  )
}
