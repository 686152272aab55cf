'use client'

import { useEffect, useState } from 'react'
import { usePage } from '@/components/page'
import { readPaymentWays, type PaymentWay } from '@/lib/api/payments'

/** The ways to pay that the shop offers; `null` until it has said. Where it lists none, the one of the page's document. */
export function usePaymentWays(): PaymentWay[] | null {
  const { payment } = usePage()
  const [ways, setWays] = useState<PaymentWay[] | null>(null)
  useEffect(() => {
    const one: PaymentWay[] = payment.provider === 'sandbox' || payment.provider === 'stripe' ? [{ ...payment, kind: payment.provider }] : []
    readPaymentWays().then((read) => setWays(read.length > 0 ? read : one), () => setWays(one))
  }, [payment])
  return ways
}
