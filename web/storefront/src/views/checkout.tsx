'use client'

import { useEffect, useRef, useState } from 'react'
import { Contact } from '@/components/checkout/contact'
import { Delivery } from '@/components/checkout/delivery'
import { Payment } from '@/components/checkout/payment'
import { Review } from '@/components/checkout/review'
import { Step } from '@/components/checkout/step'
import { Empty, Told, Unsure } from '@/components/checkout/told'
import { usePaying } from '@/components/checkout/use-paying'
import { Money } from '@/components/money'
import { Skeleton } from '@/components/notice'
import { Page } from '@/components/page'
import type { CartView } from '@/lib/api/types'
import { useCart } from '@/lib/cart'
import { countryName, likelyCountry } from '@/lib/checkout/countries'
import { startInput, type Input } from '@/lib/checkout/input'
import { useI18n } from '@/lib/i18n'
import { useSession } from '@/lib/session'

const STEPS = ['contact', 'delivery', 'payment'] as const
type StepName = (typeof STEPS)[number]

export function Checkout() {
  return <Page>{() => <CheckoutPage />}</Page>
}

function CheckoutPage() {
  const { t } = useI18n()
  const { cart, known, count } = useCart()
  const session = useSession()
  const last = useRef<string | null>(null)
  if (cart && count > 0) last.current = cart.id
  const [step, goTo] = useStep(cart)
  const paying = usePaying((error) => { if (error.code === 'cart_incomplete') goTo('contact') })
  const ready = known && session.known
  return (
    <div className="wrap min-h-[70vh] py-8 sm:py-10">
      <h1 className="text-3xl font-bold tracking-tight">{t('checkout.title')}</h1>
      {paying.unsure ? <Unsure paying={paying} />
        : !ready || (paying.busy && !cart) ? <Waiting />
        : !cart || count === 0 ? <Empty wasCart={last.current} paying={paying} />
        : <Steps cart={cart} step={step} goTo={goTo} paying={paying} />}
    </div>
  )
}

interface StepsProps {
  cart: CartView
  step: StepName
  goTo: (step: StepName) => void
  paying: ReturnType<typeof usePaying>
}

function Steps({ cart, step, goTo, paying }: StepsProps) {
  const { t, locale } = useI18n()
  const { me } = useSession()
  const [input, setInput] = useState<Input>(() => startInput(cart, me?.email, likelyCountry(locale)))
  const at = STEPS.indexOf(step)
  const state = (name: StepName) => (STEPS.indexOf(name) < at ? 'done' : name === step ? 'open' : 'later')
  const to = cart.shipping_address
  return (
    <div className="mt-6 grid items-start gap-6 lg:grid-cols-[1fr_26rem] lg:gap-10">
      <div className="space-y-4">
        <Told paying={paying} cart={cart} />
        <Step
          number={1} title={t('checkout.contact')} state={state('contact')} onEdit={() => goTo('contact')}
          summary={to && <><p>{cart.email}</p><p>{[to.name, to.line1, [to.postal_code, to.city].filter(Boolean).join(' '), countryName(locale, to.country)].join(', ')}</p></>}
        >
          <Contact cart={cart} input={input} setInput={setInput} onDone={() => goTo('delivery')} />
        </Step>
        <Step
          number={2} title={t('checkout.delivery')} state={state('delivery')} onEdit={() => goTo('delivery')}
          summary={cart.shipping && <p>{cart.shipping.title} · {cart.shipping.total.amount === 0 ? t('totals.free') : <Money amount={cart.shipping.total.amount} currency={cart.shipping.total.currency} />}</p>}
        >
          <Delivery cart={cart} onDone={() => goTo('payment')} />
        </Step>
        <Step number={3} title={t('checkout.payment')} state={state('payment')}>
          <Payment cart={cart} paying={paying} />
        </Step>
      </div>
      <Review cart={cart} />
    </div>
  )
}

/** Which step is open: as far as the cart is ready, and in the browser's history, so that Back goes a step back. */
function useStep(cart: CartView | null): [StepName, (step: StepName) => void] {
  const [wanted, setWanted] = useState<StepName | null>(null)
  const reached: StepName = !cart?.email || !cart.shipping_address ? 'contact' : !cart.shipping_method || !cart.shipping ? 'delivery' : 'payment'
  useEffect(() => {
    const read = () => setWanted((STEPS as readonly string[]).includes(location.hash.slice(1)) ? (location.hash.slice(1) as StepName) : null)
    read()
    window.addEventListener('popstate', read)
    return () => window.removeEventListener('popstate', read)
  }, [])
  const step = wanted && STEPS.indexOf(wanted) <= STEPS.indexOf(reached) ? wanted : reached
  function goTo(next: StepName) {
    history.pushState(null, '', `#${next}`)
    setWanted(next)
    requestAnimationFrame(() => document.getElementById(`step-${STEPS.indexOf(next) + 1}`)?.focus())
  }
  return [step, goTo]
}

function Waiting() {
  return (
    <div className="mt-6 grid items-start gap-6 lg:grid-cols-[1fr_26rem] lg:gap-10" aria-busy="true">
      <div className="space-y-4"><Skeleton className="h-96" /><Skeleton className="h-20" /><Skeleton className="h-20" /></div>
      <Skeleton className="h-80" />
    </div>
  )
}
