'use client'

import { useCart } from '@/lib/cart'
import { putBack, useRemoved } from '@/lib/cart-undo'
import { errorText } from '@/lib/errors'
import { useI18n } from '@/lib/i18n'
import { Notice } from '@/components/notice'
import { usePage } from '@/components/page'

/** What the cart has to say: something was taken out and can come back, or a change was refused. */
export function CartNews() {
  const { t } = useI18n()
  const { currency } = usePage()
  const { cart, error } = useCart()
  const removed = useRemoved()
  return (
    <div aria-live="polite" className="empty:hidden">
      {error && <Notice tone="bad">{errorText(t, error)}</Notice>}
      {removed && (
        <div className="flex items-center justify-between gap-3 rounded-control bg-sunken px-4 py-2 text-sm">
          <span className="min-w-0 truncate">{t('cart.removed', { title: removed.title })}</span>
          <button type="button" className="link min-h-11 shrink-0 font-semibold" onClick={() => void putBack(cart?.currency ?? currency)}>{t('cart.undo')}</button>
        </div>
      )}
    </div>
  )
}
