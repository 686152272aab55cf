'use client'

import { pictureOf } from '@/components/art'
import { CartLine } from '@/components/cart/line'
import { CodeField } from '@/components/cart/code'
import { Totals } from '@/components/cart/totals'
import { CartNews } from '@/components/cart/undo'
import { Money } from '@/components/money'
import type { CartView } from '@/lib/api/types'
import { useI18n } from '@/lib/i18n'

/** What is about to be bought. Lines that cannot be had stand first and can be mended here. */
export function Review({ cart }: { cart: CartView }) {
  const { t, href } = useI18n()
  const wrong = cart.lines.filter((line) => line.problem)
  const fine = cart.lines.filter((line) => !line.problem)
  return (
    <section aria-labelledby="review" className="card p-5 sm:p-7 lg:sticky lg:top-36">
      <div className="flex items-center justify-between">
        <h2 id="review" className="text-lg font-semibold">{t('checkout.review')}</h2>
        <a href={href('/cart')} className="link py-2 text-sm">{t('checkout.edit_cart')}</a>
      </div>
      <CartNews />
      {wrong.length > 0 && <ul className="divide-y divide-line border-b border-line">{wrong.map((line) => <CartLine key={line.id} line={line} />)}</ul>}
      <ul className="my-4 space-y-3">
        {fine.map((line) => (
          <li key={line.id} className="flex items-center gap-3 text-sm">
            <span className="size-14 shrink-0 overflow-hidden rounded-control bg-sunken">
              {line.slug && <img src={pictureOf(line.slug, line.image)} alt="" width="56" height="56" className="size-full object-cover" />}
            </span>
            <span className="min-w-0 grow">
              <span className="block font-medium">{line.title}</span>
              <span className="text-muted">{[t('order.units', { count: line.quantity }), line.variant_title].filter(Boolean).join(' · ')}</span>
            </span>
            {line.price && <Money amount={line.price.total.amount} currency={line.price.total.currency} className="font-medium tabular-nums" />}
          </li>
        ))}
      </ul>
      <div className="border-t border-line pt-4">
        <Totals totals={cart.totals} shippingKnown={Boolean(cart.shipping)} shippingTitle={cart.shipping?.title} />
      </div>
      <div className="mt-3"><CodeField cart={cart} /></div>
    </section>
  )
}
