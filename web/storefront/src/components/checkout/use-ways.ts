'use client'

import { useEffect, useState } from 'react'
import { readPaymentWays, type PaymentWay } from '@/lib/api/payments'

/** The ways to pay that the shop offers; `null` until it has said. */
export function usePaymentWays(): PaymentWay[] | null {
  const [ways, setWays] = useState<PaymentWay[] | null>(null)
  useEffect(() => {
    readPaymentWays().then(setWays, () => setWays([]))
  }, [])
  return ways
}
