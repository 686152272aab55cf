'use client'

import type { ProductSummary } from '@/lib/api/types'
import { useI18n } from '@/lib/i18n'
import { pictureOf } from './art'
import { Money } from './money'
import { WishButton } from './wish-button'

/** A product in a list. The whole card is its link; the gateway writes the same: server/_card.html. */
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
          className="size-full object-cover transition-transform duration-500 group-hover:scale-[1.03]"
        />
      </div>
      <p className="mt-4 min-h-5 text-sm text-muted">{product.brand}</p>
      <h3 className="mt-0.5 line-clamp-2 font-medium">
        <a href={href(`/products/${product.slug}`)} className="after:absolute after:inset-0 after:rounded-card group-hover:underline underline-offset-4">{product.title}</a>
      </h3>
      <p className="mt-1 flex flex-wrap items-baseline gap-x-2">
        {product.price_from && <Money amount={product.price_from.amount} currency={product.price_from.currency} className="font-semibold" />}
        {!product.in_stock && <span className="text-sm text-muted">{t('product.sold_out')}</span>}
      </p>
      <WishButton slug={product.slug} title={product.title} className="absolute top-2 right-2 z-10 rounded-full bg-surface/90 hover:bg-surface" />
    </article>
  )
}

export function ProductGrid({ products, eager = 0, className = 'grid-products' }: { products: ProductSummary[]; eager?: number; className?: string }) {
  return (
    <ul className={className}>
      {products.map((product, at) => <li key={product.id}><ProductCard product={product} eager={at < eager} /></li>)}
    </ul>
  )
}
