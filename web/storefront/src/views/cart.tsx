'use client'

import { CodeField } from '@/components/cart/code'
import { CartLine } from '@/components/cart/line'
import { Totals } from '@/components/cart/totals'
import { CartNews } from '@/components/cart/undo'
import { CartIcon, LockIcon } from '@/components/icons'
import { Skeleton } from '@/components/notice'
import { Page } from '@/components/page'
import { useCart } from '@/lib/cart'
import { useI18n } from '@/lib/i18n'
import { useSeenPrices } from '@/lib/seen-prices'

export function Cart() {
  return <Page>{() => <CartPage />}</Page>
}

function CartPage() {
  const { t, href } = useI18n()
  const { cart, known, count } = useCart()
  const before = useSeenPrices(cart)
  const blocked = cart?.lines.some((line) => line.problem) ?? false
  return (
    <div className="wrap min-h-[60vh] py-10">
      <h1 className="text-3xl font-bold tracking-tight">{t('cart.title')}</h1>
      {!known && <Waiting />}
      {known && (!cart || count === 0) && (
        <div className="mt-6 space-y-6">
          <CartNews />
          <div className="card px-6 py-16 text-center">
            <span className="mx-auto grid size-16 place-items-center rounded-full bg-sunken text-muted"><CartIcon width={28} height={28} /></span>
            <p className="mt-4 text-lg font-medium">{t('cart.empty')}</p>
            <p className="mt-1 text-muted">{t('cart.empty_hint')}</p>
            <a href={href('/products')} className="btn-primary mt-6">{t('cart.browse')}</a>
          </div>
        </div>
      )}
      {known && cart && count > 0 && (
        <div className="mt-6 grid items-start gap-8 lg:grid-cols-[1fr_24rem]">
          <section aria-label={t('cart.lines')}>
            <CartNews />
            <ul className="divide-y divide-line border-y border-line">
              {cart.lines.map((line) => <CartLine key={line.id} line={line} before={before[line.variant_id]} />)}
            </ul>
          </section>
          <section aria-labelledby="cart-summary" className="card p-6 lg:sticky lg:top-36">
            <h2 id="cart-summary" className="mb-4 text-lg font-semibold">{t('cart.summary')}</h2>
            <Totals totals={cart.totals} shippingKnown={Boolean(cart.shipping)} shippingTitle={cart.shipping?.title} />
            <div className="mt-4"><CodeField cart={cart} /></div>
            {blocked ? (
              <p className="mt-5 text-sm font-medium text-bad">{t('cart.blocked')}</p>
            ) : (
              <a href={href('/checkout')} className="btn-primary mt-5 w-full"><LockIcon width={18} height={18} />{t('cart.checkout')}</a>
            )}
            <p className="mt-3 text-center text-sm text-muted">{t('cart.guest_hint')}</p>
          </section>
        </div>
      )}
    </div>
  )
}

function Waiting() {
  return (
    <div className="mt-6 grid items-start gap-8 lg:grid-cols-[1fr_24rem]" aria-busy="true">
      <div className="space-y-5">{[1, 2].map((at) => <Skeleton key={at} className="h-32 w-full" />)}</div>
      <Skeleton className="h-72 w-full" />
    </div>
  )
}
