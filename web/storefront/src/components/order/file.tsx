'use client'

import type { OrderDetail } from '@/lib/api/types'
import { dateText } from '@/lib/dates'
import { useI18n } from '@/lib/i18n'
import { OrderActions } from './actions'
import { OrderContents, Shipments, Timeline } from './detail'
import { Status } from './status'

/** All of an order on one page. */
export function OrderFile({ order, cart, mayCancel, onChange }: { order: OrderDetail; cart?: string; mayCancel: boolean; onChange: (order: OrderDetail) => void }) {
  const { t, locale } = useI18n()
  return (
    <div className="space-y-6">
      <div className="flex flex-wrap items-start justify-between gap-4">
        <div>
          <h1 className="text-3xl font-bold tracking-tight">{t('order.title', { number: order.number })}</h1>
          <p className="mt-2 flex flex-wrap items-center gap-3 text-muted">
            <Status order={order} />
            <time dateTime={order.created_at}>{dateText(locale, order.created_at)}</time>
          </p>
        </div>
        <OrderActions order={order} cart={cart} mayCancel={mayCancel} onChange={onChange} />
      </div>
      <OrderContents order={order}>
        <Shipments order={order} />
        <Timeline order={order} />
      </OrderContents>
    </div>
  )
}
