'use client'

import { useEffect, useState } from 'react'
import { readPaymentWays } from '@/lib/api/payments'
import type { PaymentWay } from '@/lib/api/types'

/** The ways to pay that the shop offers; `null` until it has said. */
export function usePaymentWays(): PaymentWay[] | null {
  const [ways, setWays] = useState<PaymentWay[] | null>(null)
  useEffect(() => {
    readPaymentWays().then(setWays, () => setWays([]))
  }, [])
  return ways
}
