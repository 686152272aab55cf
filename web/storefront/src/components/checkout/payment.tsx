'use client'

import { useRef, useState } from 'react'
import { LockIcon } from '@/components/icons'
import { Money } from '@/components/money'
import { Notice } from '@/components/notice'
import { usePage } from '@/components/page'
import type { CartView } from '@/lib/api/types'
import { useI18n } from '@/lib/i18n'
import { SandboxForm } from './sandbox'
import { StripeForm, type StripeWay } from './stripe'
import type { Paying } from './use-paying'

/** The way to pay, and the button that does it. */
export function Payment({ cart, paying }: { cart: CartView; paying: Paying }) {
  const { t, href } = useI18n()
  const { payment } = usePage()
  const [card, setCard] = useState('tok_approved')
  const [refused, setRefused] = useState<string | null>(null)
  const stripe = useRef<StripeWay | null>(null)
  const total = cart.totals.total
  const blocked = cart.lines.some((line) => line.problem)

  async function pay() {
    setRefused(null)
    if (payment.provider === 'sandbox') return paying.pay(cart, { provider: 'sandbox', token: card })
    if (payment.provider !== 'stripe') return paying.pay(cart, { provider: payment.provider, token: 'later' })
    const way = stripe.current
    if (!way) return
    try {
      const token = await way.token()
      await paying.pay(cart, { provider: 'stripe', token }, (secret, returnUrl) => way.confirm(secret, token, returnUrl))
    } catch (failed) {
      setRefused(failed instanceof Error && failed.message ? failed.message : t('error.payment_declined'))
    }
  }

  return (
    <form onSubmit={(event) => { event.preventDefault(); void pay() }} className="space-y-5">
      {payment.provider === 'sandbox' && <SandboxForm token={card} onPick={setCard} />}
      {payment.provider === 'stripe' && payment.publishable_key && (
        <StripeForm publishableKey={payment.publishable_key} amount={total.amount} currency={total.currency} onReady={(way) => { stripe.current = way }} />
      )}
      {payment.provider !== 'sandbox' && payment.provider !== 'stripe' && <Notice>{t('checkout.pay_later')}</Notice>}
      {refused && <Notice tone="bad">{refused}</Notice>}
      {blocked && <Notice tone="bad">{t('cart.blocked')}</Notice>}
      <button type="submit" className="btn-primary min-h-14 w-full text-lg" disabled={blocked || paying.busy} aria-disabled={paying.busy}>
        <LockIcon width={20} height={20} />
        {paying.busy ? t('checkout.paying') : <>{t('checkout.pay')} <Money amount={total.amount} currency={total.currency} /></>}
      </button>
      <p className="text-center text-sm text-muted">
        {t('checkout.terms_before')} <a className="link" href={href('/pages/terms')}>{t('footer.terms')}</a> · <a className="link" href={href('/pages/privacy')}>{t('footer.privacy')}</a>
      </p>
    </form>
  )
}
