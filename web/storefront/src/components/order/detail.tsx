'use client'

import type { ReactNode } from 'react'
import { Totals } from '@/components/cart/totals'
import { pictureOf } from '@/components/art'
import { Money } from '@/components/money'
import type { OrderDetail } from '@/lib/api/types'
import { countryName } from '@/lib/checkout/countries'
import { useI18n } from '@/lib/i18n'
import { dateText } from '@/lib/dates'

/** What was bought, where it goes, what it cost; `children` stand below the lines. */
export function OrderContents({ order, children }: { order: OrderDetail; children?: ReactNode }) {
  const { t, locale, href } = useI18n()
  const to = order.shipping_address
  return (
    <div className="grid items-start gap-6 lg:grid-cols-[1fr_22rem]">
      <div className="space-y-6">
        <section aria-labelledby="order-lines" className="card p-5 sm:p-6">
          <h2 id="order-lines" className="text-lg font-semibold">{t('order.lines')}</h2>
          <ul className="mt-2 divide-y divide-line">
            {order.lines.map((line) => (
              <li key={line.id} className="flex items-center gap-4 py-4">
                <span className="size-16 shrink-0 overflow-hidden rounded-control bg-sunken">
                  <img src={pictureOf(line.slug, line.image)} alt="" width="64" height="64" className="size-full object-cover" />
                </span>
                <span className="min-w-0 grow">
                  <a href={href(`/products/${line.slug}`)} className="font-medium hover:underline">{line.title}</a>
                  <span className="block text-sm text-muted">{[line.variant_title, t('order.units', { count: line.quantity })].filter(Boolean).join(' · ')}</span>
                </span>
                <Money amount={line.price.total.amount} currency={line.price.total.currency} className="font-semibold tabular-nums" />
              </li>
            ))}
          </ul>
        </section>
        {children}
      </div>
      <div className="space-y-6">
        <section aria-labelledby="order-totals" className="card p-5 sm:p-6">
          <h2 id="order-totals" className="mb-4 text-lg font-semibold">{t('cart.summary')}</h2>
          <Totals totals={order.totals} shippingKnown shippingTitle={order.shipping.title} />
          {order.refunded.amount > 0 && (
            <p className="mt-3 flex justify-between text-sm text-good"><span>{t('order.refunded')}</span><Money amount={order.refunded.amount} currency={order.refunded.currency} /></p>
          )}
        </section>
        <section aria-labelledby="order-address" className="card p-5 sm:p-6">
          <h2 id="order-address" className="mb-2 text-lg font-semibold">{t('order.address')}</h2>
          <address className="text-sm leading-6 text-muted not-italic">
            {[to.name, to.company, to.line1, to.line2, [to.postal_code, to.city].filter(Boolean).join(' '), to.region, countryName(locale, to.country)]
              .filter(Boolean).map((row, at) => <span key={at} className="block">{row}</span>)}
          </address>
        </section>
      </div>
    </div>
  )
}

const KNOWN = new Set(['placing', 'awaiting_payment', 'placed', 'payment.captured', 'payment.voided', 'payment.refunded', 'refund.requested', 'canceled', 'completed', 'shipped'])

/** All that has happened, latest first. */
export function Timeline({ order }: { order: OrderDetail }) {
  const { t, locale } = useI18n()
  const entries = order.timeline.filter((entry) => KNOWN.has(entry.what)).reverse()
  return (
    <section aria-labelledby="order-timeline" className="card p-5 sm:p-6">
      <h2 id="order-timeline" className="text-lg font-semibold">{t('order.timeline')}</h2>
      <ol className="mt-4 space-y-4 border-l-2 border-line pl-5">
        {entries.map((entry, at) => (
          <li key={`${entry.at}${entry.what}`} className="relative text-sm">
            <span aria-hidden="true" className={`absolute top-1.5 -left-[1.6875rem] size-3 rounded-full border-2 border-surface ${at === 0 ? 'bg-accent' : 'bg-edge'}`} />
            <span className="font-medium">{t(`timeline.${entry.what}`)}</span>
            <time dateTime={entry.at} className="block text-muted">{dateText(locale, entry.at, true)}</time>
          </li>
        ))}
      </ol>
    </section>
  )
}

/** Parcels, each with the way to follow it. */
export function Shipments({ order }: { order: OrderDetail }) {
  const { t, locale } = useI18n()
  if (order.shipments.length === 0) return null
  return (
    <section aria-labelledby="order-shipments" className="card p-5 sm:p-6">
      <h2 id="order-shipments" className="text-lg font-semibold">{t('order.shipments')}</h2>
      <ul className="mt-3 divide-y divide-line">
        {order.shipments.map((parcel) => (
          <li key={parcel.id} className="py-3 text-sm">
            <p className="font-medium">{parcel.carrier} <span className="font-normal text-muted">· {dateText(locale, parcel.shipped_at)}</span></p>
            {parcel.tracking_url?.startsWith('https://')
              ? <a className="link" href={parcel.tracking_url} rel="noreferrer" target="_blank">{t('order.track_parcel', { number: parcel.tracking_number ?? '' })}</a>
              : parcel.tracking_number && <p className="text-muted">{parcel.tracking_number}</p>}
            <p className="mt-1 text-muted">
              {parcel.lines.map((each) => `${each.quantity} × ${order.lines.find((line) => line.id === each.line_id)?.title ?? ''}`).join(', ')}
            </p>
          </li>
        ))}
      </ul>
    </section>
  )
}
