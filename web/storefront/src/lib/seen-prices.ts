'use client'

import { useEffect, useState } from 'react'
import type { CartView } from './api/types'
import { browserKeep } from './keep'

const KEY = 'souk.prices'
type Prices = Record<string, number>

/** What each variant cost when the cart was last looked at, so that a change is told and not slipped in. */
export function useSeenPrices(cart: CartView | null): Prices {
  const [before, setBefore] = useState<Prices>({})
  const id = cart?.id
  useEffect(() => {
    const kept = browserKeep.get<{ cart: string; prices: Prices }>(KEY)
    setBefore(kept && kept.cart === id ? kept.prices : {})
  }, [id])
  useEffect(() => {
    if (!cart || cart.lines.length === 0) return
    const prices = Object.fromEntries(cart.lines.flatMap((line) => (line.price ? [[line.variant_id, line.price.unit_price.amount]] : [])))
    browserKeep.set(KEY, { cart: cart.id, prices })
  }, [cart])
  return before
}
