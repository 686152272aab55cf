'use client'

import { useEffect, useState } from 'react'
import { useStripeStep } from '@/components/checkout/use-stripe-step'
import { MakeAccount } from '@/components/order/make-account'
import { OrderContents, Timeline } from '@/components/order/detail'
import { CheckIcon } from '@/components/icons'
import { Notice, Skeleton } from '@/components/notice'
import { Page } from '@/components/page'
import { readCart } from '@/lib/api/cart'
import type { OrderDetail } from '@/lib/api/types'
import { adoptCart } from '@/lib/cart'
import { latestProof, proofOf, type Proof } from '@/lib/checkout/purchase'
import { errorText } from '@/lib/errors'
import { useI18n } from '@/lib/i18n'
import { useOrder } from '@/lib/order/watch'
import { useSession } from '@/lib/session'

export function Confirmation() {
  return <Page>{() => <ConfirmationPage />}</Page>
}

/** What came of the purchase, asked for until the payment is decided. */
function ConfirmationPage() {
  const { t, href } = useI18n()
  const [which, setWhich] = useState<{ id: string | null; proof?: Proof } | null>(null)
  useEffect(() => {
    // A provider that sends the buyer back does not know the order's id; this tab does.
    const named = new URLSearchParams(location.search).get('order')
    const proof = named ? proofOf((each) => each.order === named) : latestProof()
    setWhich({ id: named ?? proof?.order ?? null, proof })
  }, [])
  const watched = useOrder(which?.id ?? null, which?.proof?.cart)
  const refused = useStripeStep(watched.again)
  const { order, error } = watched
  return (
    <div className="wrap min-h-[70vh] max-w-5xl py-10">
      {which && !which.id && <Lost text={t('confirmation.none')} />}
      {which?.id && !order && error && !error.unsure && <Lost text={t('confirmation.not_yours')} />}
      {which?.id && !order && (!error || error.unsure) && <Waiting text={error ? errorText(t, error) : undefined} />}
      {order && (
        <div className="space-y-8">
          {refused && <Notice tone="bad">{refused}</Notice>}
          <Outcome order={order} asking={watched.asking} again={watched.again} cart={which?.proof?.cart} />
          <OrderContents order={order}>
            <Timeline order={order} />
          </OrderContents>
          {order.state !== 'canceled' && <Next order={order} />}
          <p><a className="link" href={href(`/orders/${order.number}`)}>{t('confirmation.track')}</a></p>
        </div>
      )}
    </div>
  )
}

function Outcome({ order, asking, again, cart }: { order: OrderDetail; asking: boolean; again: () => void; cart?: string }) {
  const { t, href } = useI18n()
  useEffect(() => {
    if (order.state !== 'canceled' || !cart || order.canceled_reason === 'customer') return
    // The order came to nothing and its cart opened again: nothing has to be picked anew.
    readCart(cart).then((read) => read.state === 'open' && adoptCart(read), () => undefined)
  }, [order.state, order.canceled_reason, cart])
  if (order.state === 'canceled') {
    const mine = order.canceled_reason === 'customer' || order.canceled_reason === 'staff'
    return (
      <div>
        <h1 className="text-3xl font-bold tracking-tight">{t(mine ? 'confirmation.canceled' : 'confirmation.failed')}</h1>
        <p className="mt-3 text-lg text-muted" role="status">{t(`reason.${order.canceled_reason ?? 'customer'}`)}</p>
        {!mine && <a href={href('/checkout')} className="btn-primary mt-6">{t('confirmation.try_again')}</a>}
      </div>
    )
  }
  if (order.state === 'placing' || order.state === 'awaiting_payment') {
    return (
      <div>
        <h1 className="text-3xl font-bold tracking-tight">{t('confirmation.waiting')}</h1>
        <p className="mt-3 text-lg text-muted" role="status">{t('confirmation.waiting_text', { number: order.number })}</p>
        <div className="mt-6 flex flex-wrap items-center gap-3">
          {order.next_action && <a href={order.next_action.url} className="btn-quiet">{t('unfinished.go_on')}</a>}
          {!asking && <button type="button" className="btn-quiet" onClick={again}>{t('unsure.ask')}</button>}
          {asking && <span aria-hidden="true" className="size-6 animate-spin rounded-full border-4 border-line border-t-accent" />}
        </div>
      </div>
    )
  }
  return (
    <div>
      <span className="grid size-14 place-items-center rounded-full bg-accent text-on-accent"><CheckIcon width={30} height={30} /></span>
      <h1 className="mt-5 text-3xl font-bold tracking-tight sm:text-4xl">{t('confirmation.thanks')}</h1>
      <p className="mt-3 text-lg text-muted" role="status">{t('confirmation.number')} <strong className="font-semibold text-ink" data-order-number={order.number}>{order.number}</strong></p>
      <p className="mt-1 text-muted">{t('confirmation.mail', { email: order.email })}</p>
    </div>
  )
}

function Next({ order }: { order: OrderDetail }) {
  const { t } = useI18n()
  const { me, known } = useSession()
  return (
    <div className="grid gap-6 lg:grid-cols-2">
      <section aria-labelledby="next" className="card p-5 sm:p-6">
        <h2 id="next" className="text-lg font-semibold">{t('confirmation.next')}</h2>
        <ol className="mt-3 list-decimal space-y-2 pl-5 text-muted">
          <li>{t(order.payment_status === 'captured' ? 'confirmation.next_paid' : 'confirmation.next_payment')}</li>
          <li>{t('confirmation.next_pack')}</li>
          <li>{t('confirmation.next_mail')}</li>
        </ol>
      </section>
      {known && !me && <MakeAccount order={order} />}
    </div>
  )
}

function Lost({ text }: { text: string }) {
  const { t, href } = useI18n()
  return (
    <div className="card px-6 py-16 text-center">
      <h1 className="text-xl font-semibold">{text}</h1>
      <a href={href('/orders')} className="btn-primary mt-6">{t('track.title')}</a>
    </div>
  )
}

function Waiting({ text }: { text?: string }) {
  return (
    <div className="space-y-6" aria-busy="true">
      {text && <Notice>{text}</Notice>}
      <Skeleton className="h-12 w-80 max-w-full" /><Skeleton className="h-64 w-full" />
    </div>
  )
}
