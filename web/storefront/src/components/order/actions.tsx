'use client'

import { useRef } from 'react'
import { useAction } from '@/components/forms/use-action'
import { Notice } from '@/components/notice'
import { cancelMyOrder } from '@/lib/api/orders'
import type { OrderDetail } from '@/lib/api/types'
import { addToCart, openCart } from '@/lib/cart'
import { asShopError, errorText } from '@/lib/errors'
import { useI18n } from '@/lib/i18n'

/** What a buyer can still do: cancel until a parcel has left, and buy the same again. */
export function OrderActions({ order, cart, mayCancel, onChange }: { order: OrderDetail; cart?: string; mayCancel: boolean; onChange: (order: OrderDetail) => void }) {
  const { t } = useI18n()
  const { busy, error, run } = useAction()
  const dialog = useRef<HTMLDialogElement>(null)
  const cancelable = mayCancel && ['awaiting_payment', 'placed'].includes(order.state) && order.fulfillment_status === 'unfulfilled'

  async function reorder() {
    let added = 0
    for (const line of order.lines) if (await addToCart(line.variant_id, line.quantity, order.currency)) added += 1
    if (added > 0) openCart(true)
    else throw asShopError(null)
  }

  return (
    <div className="space-y-3">
      {error && <Notice tone="bad">{errorText(t, error)}</Notice>}
      <div className="flex flex-wrap gap-3">
        <button type="button" className="btn-primary" disabled={busy} onClick={() => void run(reorder)}>{t('order.reorder')}</button>
        {cancelable && <button type="button" className="btn-quiet" disabled={busy} onClick={() => dialog.current?.showModal()}>{t('order.cancel')}</button>}
      </div>
      <dialog ref={dialog} aria-labelledby="cancel-title" className="m-auto w-full max-w-md rounded-card bg-surface p-6">
        <h2 id="cancel-title" className="text-lg font-semibold">{t('order.cancel_title', { number: order.number })}</h2>
        <p className="mt-2 text-muted">{t('order.cancel_text')}</p>
        <div className="mt-6 flex flex-wrap justify-end gap-3">
          <button type="button" className="btn-quiet" onClick={() => dialog.current?.close()}>{t('order.keep')}</button>
          <button
            type="button"
            className="btn-primary"
            onClick={() => {
              dialog.current?.close()
              void run(async () => onChange(await cancelMyOrder(order.id, cart)))
            }}
          >
            {t('order.cancel')}
          </button>
        </div>
      </dialog>
    </div>
  )
}
