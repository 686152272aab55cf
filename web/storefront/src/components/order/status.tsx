'use client'

import type { OrderDetail, OrderSummary } from '@/lib/api/types'
import { useI18n } from '@/lib/i18n'

/** Where an order stands, in a word. */
export function statusKey(order: Pick<OrderDetail | OrderSummary, 'state' | 'fulfillment_status' | 'payment_status'>): string {
  if (order.state === 'canceled') return order.payment_status === 'refunded' ? 'status.refunded' : 'status.canceled'
  if (order.state === 'placing' || order.state === 'awaiting_payment') return 'status.awaiting_payment'
  if (order.state === 'completed' || order.fulfillment_status === 'fulfilled') return 'status.shipped'
  return order.fulfillment_status === 'partial' ? 'status.partial' : 'status.placed'
}

export function Status({ order }: { order: OrderDetail | OrderSummary }) {
  const { t } = useI18n()
  const key = statusKey(order)
  const tone = key === 'status.canceled' || key === 'status.refunded' ? 'text-muted' : key === 'status.awaiting_payment' ? 'text-warn' : 'text-good'
  return <span className={`inline-flex rounded-full border border-current px-3 py-0.5 text-sm font-medium ${tone}`}>{t(key)}</span>
}
