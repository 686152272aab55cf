'use client'

import { useEffect, useState } from 'react'
import { readOrder } from '../api/orders'
import type { ShopError } from '../api/http'
import type { OrderDetail } from '../api/types'
import { asShopError } from '../errors'

/** Growing pauses; after the last one the page says so and offers to ask again. */
const PAUSES_MS = [400, 600, 1000, 1500, 2000, 3000, 5000, 8000, 10_000, 15_000, 20_000, 30_000, 30_000, 30_000]

export interface Watched {
  order: OrderDetail | null
  error: ShopError | null
  /** It is still asked for. */
  asking: boolean
  again: () => void
  replace: (order: OrderDetail) => void
}

const unsettled = (order: OrderDetail) =>
  order.state === 'placing' || order.state === 'awaiting_payment' ||
  (order.state !== 'canceled' && ['none', 'pending', 'unknown', 'authorized'].includes(order.payment_status))

/** Looks at an order until its payment is decided. */
export function useOrder(id: string | null, cart?: string): Watched {
  const [order, setOrder] = useState<OrderDetail | null>(null)
  const [error, setError] = useState<ShopError | null>(null)
  const [asking, setAsking] = useState(true)
  const [round, setRound] = useState(0)
  useEffect(() => {
    if (!id) return
    let stopped = false
    let timer: ReturnType<typeof setTimeout> | undefined
    async function ask(at: number) {
      try {
        const read = await readOrder(id as string, cart)
        if (stopped) return
        setOrder(read)
        setError(null)
        if (!unsettled(read)) return setAsking(false)
      } catch (failed) {
        if (stopped) return
        const problem = asShopError(failed)
        setError(problem)
        if (!problem.unsure) return setAsking(false)
      }
      const pause = PAUSES_MS[at]
      if (pause === undefined) return setAsking(false)
      timer = setTimeout(() => void ask(at + 1), pause)
    }
    setAsking(true)
    void ask(0)
    return () => {
      stopped = true
      clearTimeout(timer)
    }
  }, [id, cart, round])
  return { order, error, asking, again: () => setRound((n) => n + 1), replace: setOrder }
}
