'use client'

import { useEffect, useState } from 'react'
import { CartIcon } from '@/components/icons'
import { Money } from '@/components/money'
import { Notice } from '@/components/notice'
import { readCart } from '@/lib/api/cart'
import { readOrder } from '@/lib/api/orders'
import type { CartView, OrderDetail } from '@/lib/api/types'
import { adoptCart } from '@/lib/cart'
import { boughtElsewhere, giveUp, latestProof, type Proof } from '@/lib/checkout/purchase'
import { errorText } from '@/lib/errors'
import { useAction } from '@/components/forms/use-action'
import { useI18n } from '@/lib/i18n'
import { withQuery } from '@/lib/with-query'
import type { Paying } from './use-paying'

/** What came of the try to pay: in words, with what it means for the money. */
export function Told({ paying, cart }: { paying: Paying; cart: CartView }) {
  const { t } = useI18n()
  const { error, before } = paying
  if (!error) return null
  if (before && before.amount !== cart.totals.total.amount) {
    return (
      <Notice tone="bad" title={t('checkout.total_changed')}>
        <s><Money amount={before.amount} currency={before.currency} /></s> → <strong><Money amount={cart.totals.total.amount} currency={cart.totals.total.currency} /></strong>
        <p>{t('checkout.look_again')}</p>
      </Notice>
    )
  }
  const rule = error.code === 'payment_declined' ? error.problem?.errors?.[0]?.rule : undefined
  const why = rule ? t(`decline.${rule}`) : ''
  const short = cart.lines.filter((line) => line.problem).map((line) => line.title).join(', ')
  return (
    <Notice tone="bad" title={errorText(t, error)}>
      {rule && <p>{why === `decline.${rule}` ? t('decline.declined') : why}</p>}
      {short && <p>{t('checkout.short_lines', { titles: short })}</p>}
      {error.code === 'payment_declined' && <p>{t('checkout.nothing_taken')}</p>}
    </Notice>
  )
}

/** Nobody has answered. Saying so is better than guessing: paying again might be paying twice. */
export function Unsure({ paying }: { paying: Paying }) {
  const { t } = useI18n()
  const [offline, setOffline] = useState(false)
  useEffect(() => {
    const look = () => setOffline(!navigator.onLine)
    look()
    window.addEventListener('online', look)
    window.addEventListener('offline', look)
    return () => {
      window.removeEventListener('online', look)
      window.removeEventListener('offline', look)
    }
  }, [])
  return (
    <div className="card mx-auto mt-10 max-w-xl p-8 text-center" role="status">
      {!paying.lost && <span aria-hidden="true" className="mx-auto block size-10 animate-spin rounded-full border-4 border-line border-t-accent" />}
      <h2 className="mt-5 text-xl font-semibold">{t(paying.lost ? 'unsure.lost' : offline ? 'unsure.offline' : 'unsure.title')}</h2>
      <p className="mt-2 text-muted">{t(paying.lost ? 'unsure.lost_text' : 'unsure.text')}</p>
      {paying.lost && <button type="button" className="btn-primary mt-6" onClick={paying.again}>{t('unsure.ask')}</button>}
    </div>
  )
}

/** Nothing to check out: it was bought (here, or in another tab), waits to be confirmed, or was never there. */
export function Empty({ wasCart, paying }: { wasCart: string | null; paying: Paying }) {
  const { t, href } = useI18n()
  const [open, setOpen] = useState<OrderDetail | null>(null)
  const [proof, setProof] = useState<Proof | null>(null)
  useEffect(() => {
    const found = paying.bought ?? (wasCart ? boughtElsewhere(wasCart) : null) ?? latestProof() ?? null
    setProof(found)
    if (found) readOrder(found.order, found.cart).then(setOpen, () => setOpen(null))
  }, [wasCart, paying.bought])
  if (proof && open?.state === 'awaiting_payment' && open.next_action) return <Unfinished proof={proof} url={open.next_action.url} />
  return (
    <div className="card mt-6 px-6 py-16 text-center">
      <span className="mx-auto grid size-16 place-items-center rounded-full bg-sunken text-muted"><CartIcon width={28} height={28} /></span>
      {proof && open && open.state !== 'canceled' ? (
        <>
          <p className="mt-4 text-lg font-medium" role="status">{t('checkout.bought', { number: proof.number })}</p>
          <a href={withQuery(href('/checkout/confirmation'), { order: proof.order })} className="btn-primary mt-6">{t('checkout.see_order')}</a>
        </>
      ) : (
        <>
          <p className="mt-4 text-lg font-medium">{t('cart.empty')}</p>
          <a href={href('/products')} className="btn-primary mt-6">{t('cart.browse')}</a>
        </>
      )}
    </div>
  )
}

/** The buyer came back from the bank without having confirmed. */
function Unfinished({ proof, url }: { proof: Proof; url: string }) {
  const { t, href } = useI18n()
  const { busy, error, run } = useAction()
  async function change() {
    await giveUp(proof)
    adoptCart(await readCart(proof.cart))
  }
  return (
    <div className="card mx-auto mt-10 max-w-xl p-8 text-center">
      <h2 className="text-xl font-semibold">{t('unfinished.title')}</h2>
      <p className="mt-2 text-muted">{t('unfinished.text', { number: proof.number })}</p>
      {error && <div className="mt-4"><Notice tone="bad">{errorText(t, error)}</Notice></div>}
      <div className="mt-6 flex flex-wrap justify-center gap-3">
        <a href={url} className="btn-primary">{t('unfinished.go_on')}</a>
        <button type="button" className="btn-quiet" disabled={busy} onClick={() => void run(change)}>{t('unfinished.change')}</button>
      </div>
      <p className="mt-4 text-sm"><a className="link" href={withQuery(href('/checkout/confirmation'), { order: proof.order })}>{t('checkout.see_order')}</a></p>
    </div>
  )
}
