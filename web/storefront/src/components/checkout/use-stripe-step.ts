'use client'

import { useEffect, useRef, useState } from 'react'
import { loadStripe } from '@/lib/checkout/stripe'
import { usePaymentWays } from './use-ways'

const SECRET = 'payment_intent_client_secret'

/**
 * Where the bank asks without a page of its own, the order's next action leads here, with what Stripe's script needs to ask.
 * Where the buyer has been at the bank already (`redirect_status`), there is nothing to do. Answers what was refused.
 */
export function useStripeStep(onDone: () => void): string | null {
  const ways = usePaymentWays()
  const [refused, setRefused] = useState<string | null>(null)
  const secret = useRef<string | null>(null)
  const begun = useRef(false)
  useEffect(() => {
    const address = new URL(location.href)
    const given = address.searchParams.get(SECRET)
    if (!given) return
    if (!address.searchParams.has('redirect_status')) secret.current = given
    for (const name of [SECRET, 'payment_intent', 'redirect_status']) address.searchParams.delete(name)
    history.replaceState(history.state, '', address)
  }, [])
  useEffect(() => {
    const publishableKey = ways?.find(({ kind }) => kind === 'stripe')?.publishable_key
    const clientSecret = secret.current
    if (!publishableKey || !clientSecret || begun.current) return
    begun.current = true
    loadStripe(publishableKey)
      .then((stripe) => stripe.handleNextAction({ clientSecret }))
      .then(({ error }) => setRefused(error?.message ?? null), (error: unknown) => setRefused(error instanceof Error ? error.message : null))
      .finally(onDone)
  }, [ways]) // eslint-disable-line react-hooks/exhaustive-deps
  return refused
}
