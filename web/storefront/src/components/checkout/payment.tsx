'use client'

import { useRef, useState } from 'react'
import { LockIcon } from '@/components/icons'
import { Money } from '@/components/money'
import { Notice, Skeleton } from '@/components/notice'
import type { CartView } from '@/lib/api/types'
import { useI18n } from '@/lib/i18n'
import { ManualForm } from './manual'
import { SandboxForm } from './sandbox'
import { StripeForm, type MakeToken } from './stripe'
import type { Paying } from './use-paying'
import { usePaymentWays } from './use-ways'

const FIRST_CARD = 'tok_approved'

/** The ways to pay, and the button that does it. */
export function Payment({ cart, paying }: { cart: CartView; paying: Paying }) {
  const { t, href } = useI18n()
  const ways = usePaymentWays()
  const [provider, setProvider] = useState<string | null>(null)
  const [tokens, setTokens] = useState<Record<string, string>>({})
  const [refused, setRefused] = useState<string | null>(null)
  const stripe = useRef<MakeToken | null>(null)
  const total = cart.totals.total
  const blocked = cart.lines.some((line) => line.problem)
  if (!ways) return <Skeleton className="h-64" />
  const way = ways.find((each) => each.provider === provider) ?? ways[0]
  if (!way) return <Notice tone="bad">{t('checkout.no_payment')}</Notice>
  const token = tokens[way.provider] ?? (way.kind === 'sandbox' ? FIRST_CARD : way.methods?.[0]?.token)
  const pick = (picked: string) => setTokens({ ...tokens, [way.provider]: picked })

  async function pay(chosen: string, kind: string, made: string | undefined) {
    setRefused(null)
    try {
      const given = kind === 'stripe' ? await stripe.current?.() : made
      if (given) await paying.pay(cart, { provider: chosen, token: given })
    } catch (failed) {
      setRefused(failed instanceof Error && failed.message ? failed.message : t('error.payment_declined'))
    }
  }

  return (
    <form onSubmit={(event) => { event.preventDefault(); void pay(way.provider, way.kind, token) }} className="space-y-5">
      {ways.length > 1 && (
        <div>
          <label htmlFor="way" className="label">{t('checkout.way')}</label>
          <select id="way" className="input" value={way.provider} onChange={(event) => setProvider(event.target.value)}>
            {ways.map((each) => <option key={each.provider} value={each.provider}>{t(`way.${each.kind}`)}</option>)}
          </select>
        </div>
      )}
      {way.kind === 'sandbox' && <SandboxForm token={token ?? FIRST_CARD} onPick={pick} />}
      {way.kind === 'manual' && <ManualForm way={way} token={token ?? ''} onPick={pick} />}
      {way.kind === 'stripe' && way.publishable_key && (
        <StripeForm publishableKey={way.publishable_key} amount={total.amount} currency={total.currency} onReady={(make) => { stripe.current = make }} />
      )}
      {refused && <Notice tone="bad">{refused}</Notice>}
      {blocked && <Notice tone="bad">{t('cart.blocked')}</Notice>}
      <button type="submit" className="btn-primary min-h-14 w-full text-lg" disabled={blocked || paying.busy}>
        <LockIcon width={20} height={20} />
        {paying.busy ? t('checkout.paying') : <>{t('checkout.pay')} <Money amount={total.amount} currency={total.currency} /></>}
      </button>
      <p className="text-center text-sm text-muted">
        {t('checkout.terms_before')} <a className="link" href={href('/pages/terms')}>{t('footer.terms')}</a> · <a className="link" href={href('/pages/privacy')}>{t('footer.privacy')}</a>
      </p>
    </form>
  )
}
