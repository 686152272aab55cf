'use client'

import { Money } from '@/components/money'
import { useI18n } from '@/lib/i18n'

interface Amounts {
  subtotal: { amount: number; currency: string }
  discount: { amount: number; currency: string }
  shipping: { amount: number; currency: string }
  tax: { amount: number; currency: string }
  tax_included: { amount: number; currency: string }
  total: { amount: number; currency: string }
}

/** How the total comes about: subtotal − discount + shipping + tax, or what tax is in it. */
export function Totals({ totals, shippingKnown, shippingTitle }: { totals: Amounts; shippingKnown: boolean; shippingTitle?: string }) {
  const { t } = useI18n()
  return (
    <dl className="space-y-2 text-sm">
      <Row label={t('totals.subtotal')} money={totals.subtotal} />
      {totals.discount.amount !== 0 && <Row label={t('totals.discount')} money={{ ...totals.discount, amount: -totals.discount.amount }} className="text-good" />}
      <div className="flex justify-between gap-4">
        <dt>{shippingTitle ? `${t('totals.shipping')} · ${shippingTitle}` : t('totals.shipping')}</dt>
        <dd className="tabular-nums">
          {!shippingKnown ? <span className="text-muted">{t('totals.shipping_later')}</span>
            : totals.shipping.amount === 0 ? t('totals.free')
            : <Money amount={totals.shipping.amount} currency={totals.shipping.currency} />}
        </dd>
      </div>
      {totals.tax.amount !== 0 && <Row label={t('totals.tax')} money={totals.tax} />}
      <div className="flex items-baseline justify-between gap-4 border-t border-line pt-3">
        <dt className="text-base font-semibold">{t('totals.total')}</dt>
        <dd className="text-xl font-bold tabular-nums" data-total={totals.total.amount}><Money amount={totals.total.amount} currency={totals.total.currency} /></dd>
      </div>
      {totals.tax_included.amount !== 0 && (
        <div className="flex justify-between gap-4 text-muted">
          <dt>{t('totals.tax_included')}</dt>
          <dd className="tabular-nums"><Money amount={totals.tax_included.amount} currency={totals.tax_included.currency} /></dd>
        </div>
      )}
    </dl>
  )
}

function Row({ label, money, className = '' }: { label: string; money: { amount: number; currency: string }; className?: string }) {
  return (
    <div className={`flex justify-between gap-4 ${className}`}>
      <dt>{label}</dt>
      <dd className="tabular-nums"><Money amount={money.amount} currency={money.currency} /></dd>
    </div>
  )
}
