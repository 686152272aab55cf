'use client'

import { useEffect, useRef, useState } from 'react'
import { Money } from '@/components/money'
import type { Variant } from '@/lib/api/types'
import type { ShopError } from '@/lib/api/http'
import { addToCart, openCart, useCart } from '@/lib/cart'
import type { ProductDocument } from '@/lib/document'
import { errorText } from '@/lib/errors'
import { useI18n } from '@/lib/i18n'
import { isBuyable, leftOf, priceIn, statusOf } from '@/lib/variants'
import { Quantity } from '../cart/quantity'
import { ReturnIcon, TruckIcon } from '../icons'
import { WishButton } from '../wish-button'
import { Options } from './options'
import { StickyBar } from './sticky-bar'
import { Stock } from './stock'
import { useAvailability, useChosenVariant } from './use-chosen'

/** What one needs to decide and to buy. */
export function BuyBox({ page }: { page: ProductDocument }) {
  const { t } = useI18n()
  const { product, currency } = page
  const availability = useAvailability(product.slug, page.availability)
  const { variant, choose } = useChosenVariant(product, page.availability)
  const [quantity, setQuantity] = useState(1)
  const adding = useAdding(currency)
  const button = useRef<HTMLButtonElement>(null)
  const status = variant ? statusOf(availability, variant) : 'sold_out'
  const price = variant && priceIn(variant, currency)
  const buyable = variant !== undefined && price !== undefined && isBuyable(status)
  const label = adding.busy ? t('product.adding') : t(buyable ? 'product.add' : price ? 'product.sold_out' : 'product.not_in_currency')
  const add = () => variant && void adding.add(variant, quantity)
  return (
    <>
      {product.brand && <p className="text-sm font-medium text-muted">{product.brand}</p>}
      <h1 className="mt-1 text-3xl font-extrabold tracking-tight sm:text-4xl">{product.title}</h1>
      <p className="mt-4 min-h-8 text-2xl font-semibold">{price && <Money amount={price.amount} currency={price.currency} />}</p>
      <p className="mt-1 text-sm text-muted">{t('product.tax_note')}</p>
      {variant && <Options product={product} availability={availability} chosen={variant} onChoose={choose} />}
      <div className="mt-6"><Stock status={status} left={variant ? leftOf(availability, variant) : null} /></div>
      <div className="mt-4 flex items-center gap-3">
        <Quantity value={quantity} title={product.title} onChange={setQuantity} />
        <button ref={button} type="button" onClick={add} disabled={!buyable} aria-busy={adding.busy || undefined} className="btn-primary min-w-0 grow px-3">{label}</button>
        <WishButton slug={product.slug} title={product.title} className="border border-edge" />
      </div>
      {adding.error && <p role="alert" className="mt-3 rounded-control border border-bad bg-bad-soft px-4 py-3 text-sm">{errorText(t, adding.error)}</p>}
      <Delivery />
      <StickyBar below={button} title={product.title} price={price} label={label} disabled={!buyable} onAdd={add} />
    </>
  )
}

/** Opens the drawer when it worked; else the reason stands beside the button. */
function useAdding(currency: string) {
  const cart = useCart()
  const [asked, setAsked] = useState(false)
  const [busy, setBusy] = useState(false)
  const error: ShopError | null = asked && !busy ? cart.error : null
  useEffect(() => {
    if (cart.open) setAsked(false)
  }, [cart.open])
  async function add(variant: Variant, quantity: number) {
    if (busy) return
    setBusy(true)
    setAsked(true)
    const added = await addToCart(variant.id, quantity, currency)
    setBusy(false)
    if (added) openCart(true)
  }
  return { add, busy, error }
}

function Delivery() {
  const { t, href } = useI18n()
  return (
    <ul className="mt-8 grid gap-3 text-sm">
      <li className="flex items-start gap-3"><TruckIcon className="shrink-0 text-muted" /><span className="pt-0.5">{t('product.delivery')} <a href={href('/pages/shipping')} className="link">{t('footer.shipping')}</a></span></li>
      <li className="flex items-start gap-3"><ReturnIcon className="shrink-0 text-muted" /><span className="pt-0.5">{t('product.returns')} <a href={href('/pages/returns')} className="link">{t('footer.returns')}</a></span></li>
    </ul>
  )
}
