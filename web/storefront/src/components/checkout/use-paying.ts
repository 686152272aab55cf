'use client'

import { useEffect, useRef, useState } from 'react'
import type { ShopError } from '@/lib/api/http'
import type { CartView, CheckoutRequest, Money, OrderView } from '@/lib/api/types'
import { adoptCart, refreshCart } from '@/lib/cart'
import { dropIntent, intentFor, orderOfCart, pendingIntent, purchase, type Intent, type Proof } from '@/lib/checkout/purchase'
import { asShopError } from '@/lib/errors'
import { keepInput } from '@/lib/checkout/input'
import { useI18n } from '@/lib/i18n'
import { withQuery } from '@/lib/with-query'

export interface Paying {
  busy: boolean
  /** Asked, and nobody knows yet what came of it. */
  unsure: boolean
  /** Asked often enough: still nobody knows. */
  lost: boolean
  error: ShopError | null
  /** What it cost when the button was pressed, if it costs something else now. */
  before: Money | null
  /** The cart has become an order elsewhere. */
  bought: Proof | null
  pay: (cart: CartView, payment: CheckoutRequest['payment']) => Promise<void>
  again: () => void
}

/** Pays once. What is under way is taken up again when the page is loaded anew. */
export function usePaying(onCart: (error: ShopError) => void): Paying {
  const { href } = useI18n()
  const [view, setView] = useState({ busy: false, unsure: false, lost: false })
  const [error, setError] = useState<ShopError | null>(null)
  const [before, setBefore] = useState<Money | null>(null)
  const [bought, setBought] = useState<Proof | null>(null)
  const working = useRef(false)
  const stop = useRef(new AbortController())
  const confirmation = href('/checkout/confirmation')

  async function go(intent: Intent) {
    if (working.current) return
    working.current = true
    setView({ busy: true, unsure: false, lost: false })
    setError(null)
    setBefore(null)
    try {
      const order = await purchase(intent, () => setView({ busy: true, unsure: true, lost: false }), stop.current.signal)
      leave(order)
    } catch (failed) {
      if (stop.current.signal.aborted) return
      await refused(asShopError(failed), intent)
    } finally {
      working.current = false
    }
  }

  function leave(order: OrderView) {
    keepInput(null)
    adoptCart(null)
    const next = order.next_action?.url
    if (!next || !isWebAddress(next)) return location.assign(withQuery(confirmation, { order: order.id }))
    location.assign(next)
  }

  async function refused(problem: ShopError, intent: Intent) {
    setView({ busy: false, unsure: problem.unsure, lost: problem.unsure })
    setError(problem)
    if (problem.unsure) return
    if (problem.code === 'cart_spent' || problem.status === 404) {
      setBought(await orderOfCart(intent.cart).catch(() => null))
      return adoptCart(null)
    }
    await refreshCart()
    if (problem.code === 'total_changed' || problem.code === 'cart_version_stale') setBefore(intent.body.expected_total ?? null)
    onCart(problem)
  }

  useEffect(() => {
    stop.current = new AbortController()
    const open = pendingIntent()
    if (open) void go(open)
    return () => stop.current.abort()
  }, []) // eslint-disable-line react-hooks/exhaustive-deps

  return {
    ...view, error, before, bought,
    pay: (cart, payment) =>
      go(intentFor(cart.id, { version: cart.version, expected_total: cart.totals.total, payment, return_url: location.origin + confirmation })),
    again: () => {
      const open = pendingIntent()
      if (open) void go(open)
      else dropIntent()
    },
  }
}

/** Where a provider sends the buyer: another page of the web, or of this shop. */
function isWebAddress(url: string): boolean {
  return url.startsWith('https://') || url.startsWith('http://') || (url.startsWith('/') && !url.startsWith('//'))
}
