'use client'

import { useEffect, useRef, useState } from 'react'
import { Notice, Skeleton } from '@/components/notice'
import { loadStripe, type Stripe, type StripeElements } from '@/lib/checkout/stripe'
import { useI18n } from '@/lib/i18n'

/** What was typed into Stripe's own frames, as a token; the shop never sees a card. */
export type MakeToken = () => Promise<string>

interface Props {
  publishableKey: string
  amount: number
  currency: string
  onReady: (make: MakeToken) => void
}

/** Stripe's payment element. A shop in sandbox mode never gets here. */
export function StripeForm({ publishableKey, amount, currency, onReady }: Props) {
  const { t, locale } = useI18n()
  const place = useRef<HTMLDivElement>(null)
  const [state, setState] = useState<'loading' | 'ready' | 'failed'>('loading')
  useEffect(() => {
    let gone = false
    let unmount = () => {}
    loadStripe(publishableKey).then((stripe) => {
      if (gone || !place.current) return
      const elements = stripe.elements({ mode: 'payment', amount, currency: currency.toLowerCase(), locale })
      const element = elements.create('payment')
      element.mount(place.current)
      unmount = () => element.unmount()
      setState('ready')
      onReady(() => tokenOf(stripe, elements))
    }, () => !gone && setState('failed'))
    return () => {
      gone = true
      unmount()
    }
  }, [publishableKey, amount, currency, locale]) // eslint-disable-line react-hooks/exhaustive-deps
  return (
    <div>
      {state === 'failed' && <Notice tone="bad">{t('checkout.stripe_failed')}</Notice>}
      {state === 'loading' && <Skeleton className="h-48" />}
      <div ref={place} />
    </div>
  )
}

async function tokenOf(stripe: Stripe, elements: StripeElements): Promise<string> {
  const { error: refused } = await elements.submit()
  if (refused) throw new Error(refused.message)
  const { confirmationToken, error } = await stripe.createConfirmationToken({ elements })
  if (!confirmationToken) throw new Error(error?.message)
  return confirmationToken.id
}
