'use client'

import type { ProductSummary } from '@/lib/api/types'
import { useI18n } from '@/lib/i18n'
import { pictureOf } from './art'
import { Money } from './money'

export function ProductCard({ product, eager = false }: { product: ProductSummary; eager?: boolean }) {
  const { t, href } = useI18n()
  return (
    <article className="group relative">
      <div className="aspect-square overflow-hidden rounded-card bg-sunken">
        <img
          src={pictureOf(product.slug, product.image)}
          alt=""
          width="400"
          height="400"
          loading={eager ? 'eager' : 'lazy'}
          className="size-full object-cover transition-transform duration-300 group-hover:scale-[1.03]"
        />
      </div>
      {product.brand && <p className="mt-3 text-sm text-muted">{product.brand}</p>}
      <h3 className="mt-1 line-clamp-2 font-medium">
        <a href={href(`/products/${product.slug}`)} className="after:absolute after:inset-0">{product.title}</a>
      </h3>
      <p className="mt-1">
        {product.price_from && <Money amount={product.price_from.amount} currency={product.price_from.currency} className="font-semibold" />}
        {!product.in_stock && <span className="ml-2 text-sm text-muted">{t('product.sold_out')}</span>}
      </p>
    </article>
  )
}
