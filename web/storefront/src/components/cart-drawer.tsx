'use client'

import { useEffect, useRef } from 'react'
import { openCart, useCart } from '@/lib/cart'
import { useI18n } from '@/lib/i18n'
import { CloseIcon } from './icons'
import { Money } from './money'

/** The cart beside the page. A native dialog: focus stays inside, Escape closes it. */
export function CartDrawer() {
  const { t, href } = useI18n()
  const { cart, open } = useCart()
  const dialog = useRef<HTMLDialogElement>(null)
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
      className="fixed inset-y-0 right-0 left-auto m-0 h-dvh max-h-none w-full max-w-md bg-surface p-0"
    >
      <div className="flex h-full flex-col">
        <div className="flex items-center justify-between border-b border-line px-5 py-4">
          <h2 id="cart-drawer-title" className="text-lg font-semibold">{t('cart.title')}</h2>
          <button type="button" onClick={() => openCart(false)} aria-label={t('cart.close')} className="grid size-11 place-items-center rounded-control hover:bg-sunken">
            <CloseIcon />
          </button>
        </div>
        <ul className="grow divide-y divide-line overflow-y-auto px-5">
          {cart?.lines.map((line) => (
            <li key={line.id} className="flex justify-between gap-4 py-4">
              <span>{line.quantity} × {line.title}</span>
              {line.price && <Money amount={line.price.total.amount} currency={line.price.total.currency} />}
            </li>
          ))}
        </ul>
        {(cart?.lines.length ?? 0) === 0 && <p className="px-5 py-10 text-center text-muted">{t('cart.empty')}</p>}
        <div className="border-t border-line p-5">
          <a href={href('/cart')} className="btn-primary w-full">{t('cart.view')}</a>
        </div>
      </div>
    </dialog>
  )
}
