'use client'

import { useEffect, useRef } from 'react'
import { openCart, useCart } from '@/lib/cart'
import { useI18n } from '@/lib/i18n'
import { useSeenPrices } from '@/lib/seen-prices'
import { CartLine } from './cart/line'
import { CartNews } from './cart/undo'
import { CartIcon, CloseIcon } from './icons'
import { Money } from './money'

/** The cart beside the page. A native dialog: focus stays inside, Escape closes it. */
export function CartDrawer() {
  const { t, href } = useI18n()
  const { cart, open, count } = useCart()
  const dialog = useRef<HTMLDialogElement>(null)
  const before = useSeenPrices(cart)
  useEffect(() => {
    if (open) dialog.current?.showModal()
    else dialog.current?.close()
  }, [open])
  return (
    <dialog
      ref={dialog}
      aria-labelledby="cart-drawer-title"
      onClose={() => openCart(false)}
      onClick={(event) => event.target === dialog.current && openCart(false)}
      className="fixed inset-y-0 right-0 left-auto m-0 h-dvh max-h-none w-full max-w-md bg-surface p-0 shadow-xl"
    >
      <div className="flex h-full flex-col">
        <div className="flex items-center justify-between border-b border-line py-3 pr-3 pl-5">
          <h2 id="cart-drawer-title" className="text-lg font-semibold">{t('cart.title')}</h2>
          <button type="button" onClick={() => openCart(false)} aria-label={t('cart.close')} className="grid size-11 place-items-center rounded-control hover:bg-sunken">
            <CloseIcon />
          </button>
        </div>
        <div className="px-5 pt-3 empty:hidden"><CartNews /></div>
        {cart && count > 0 ? (
          <>
            <ul className="grow divide-y divide-line overflow-y-auto px-5" tabIndex={0} aria-label={t('cart.lines')}>
              {cart.lines.map((line) => <CartLine key={line.id} line={line} before={before[line.variant_id]} />)}
            </ul>
            <div className="border-t border-line p-5">
              <p className="flex items-baseline justify-between">
                <span className="font-semibold">{t('totals.subtotal')}</span>
                <Money amount={cart.totals.subtotal.amount - cart.totals.discount.amount} currency={cart.currency} className="text-xl font-bold tabular-nums" />
              </p>
              <p className="mt-1 text-sm text-muted">{t('cart.then_shipping')}</p>
              <div className="mt-4 grid gap-2">
                <a href={href('/checkout')} className="btn-primary w-full">{t('cart.checkout')}</a>
                <a href={href('/cart')} className="btn-quiet w-full">{t('cart.view')}</a>
              </div>
            </div>
          </>
        ) : (
          <div className="grid grow place-items-center px-5 text-center">
            <div>
              <span className="mx-auto grid size-16 place-items-center rounded-full bg-sunken text-muted"><CartIcon width={28} height={28} /></span>
              <p className="mt-4 text-muted">{t('cart.empty')}</p>
              <a href={href('/products')} className="btn-primary mt-6">{t('cart.browse')}</a>
            </div>
          </div>
        )}
      </div>
    </dialog>
  )
}
