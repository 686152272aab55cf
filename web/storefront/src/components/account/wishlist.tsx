'use client'

import { useEffect, useState } from 'react'
import { pictureOf } from '@/components/art'
import { Skeleton } from '@/components/notice'
import { WishButton } from '@/components/wish-button'
import { readProduct } from '@/lib/api/catalog'
import type { ProductPage } from '@/lib/api/types'
import { useI18n } from '@/lib/i18n'
import { useWishlist } from '@/lib/wishlist'

/** What was marked with a heart, as the shop sells it now. What is sold no more is left out. */
export function Wishlist() {
  const { t, href } = useI18n()
  const slugs = useWishlist()
  const [products, setProducts] = useState<ProductPage[] | null>(null)
  const asked = slugs.join()
  useEffect(() => {
    let left = false
    const all = asked === '' ? [] : asked.split(',')
    void Promise.allSettled(all.map(readProduct)).then((found) => {
      if (!left) setProducts(found.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])))
    })
    return () => {
      left = true
    }
  }, [asked])
  return (
    <section aria-labelledby="wishlist">
      <h1 id="wishlist" className="text-xl font-semibold">{t('wishlist.title')}</h1>
      <p className="mt-1 text-sm text-muted">{t('wishlist.kept_here')}</p>
      {!products && <div className="mt-4 space-y-3" aria-busy="true"><Skeleton className="h-20" /><Skeleton className="h-20" /></div>}
      {products?.length === 0 && (
        <div className="card mt-4 px-6 py-12 text-center">
          <p className="text-muted">{t('wishlist.empty')}</p>
          <a href={href('/products')} className="btn-quiet mt-4">{t('cart.browse')}</a>
        </div>
      )}
      <ul className="mt-4 space-y-3">
        {products?.map((product) => (
          <li key={product.id} className="card relative flex items-center gap-4 p-4 hover:border-edge">
            <img src={pictureOf(product.slug, product.media[0]?.url)} alt="" width="64" height="64" className="size-16 shrink-0 rounded-control bg-sunken object-cover" />
            <div className="min-w-0 grow">
              <a href={href(`/products/${product.slug}`)} className="font-semibold after:absolute after:inset-0">{product.title}</a>
              {product.brand && <p className="text-sm text-muted">{product.brand}</p>}
            </div>
            <WishButton slug={product.slug} title={product.title} className="relative z-10" />
          </li>
        ))}
      </ul>
    </section>
  )
}
