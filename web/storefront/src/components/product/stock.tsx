'use client'

import type { AvailabilityStatus } from '@/lib/api/types'
import { useI18n } from '@/lib/i18n'

const DOTS: Record<AvailabilityStatus, string> = { in_stock: 'bg-good', low_stock: 'bg-warn', backorder: 'bg-warn', sold_out: 'bg-bad' }

/** Whether it can be had, in words; the dot only repeats them. */
export function Stock({ status, left }: { status: AvailabilityStatus; left: number | null }) {
  const { t } = useI18n()
  const text = status === 'low_stock' && left ? t('product.left', { count: left }) : t(`product.${status}`)
  return (
    <p role="status" className="flex items-center gap-2.5 text-sm font-medium">
      <span aria-hidden="true" className={`size-2 rounded-full ${DOTS[status]}`} />{text}
    </p>
  )
}
