'use client'

import { useEffect, useState } from 'react'
import { Money } from '@/components/money'
import { Notice, Skeleton } from '@/components/notice'
import { Status } from '@/components/order/status'
import { listOrders, type OrdersPage } from '@/lib/api/orders'
import type { ShopError } from '@/lib/api/http'
import { dateText } from '@/lib/dates'
import { asShopError, errorText } from '@/lib/errors'
import { useI18n } from '@/lib/i18n'

const PAGE = 20
const FEW = 3

/** The orders of who has signed in, newest first, page by page. */
export function Orders({ few = false }: { few?: boolean }) {
  const { t, href, locale } = useI18n()
  const [page, setPage] = useState<OrdersPage | null>(null)
  const [error, setError] = useState<ShopError | null>(null)
  async function load(cursor?: string) {
    setError(null)
    try {
      const next = await listOrders(few ? FEW : PAGE, cursor)
      setPage((before) => ({ ...next, items: cursor && before ? [...before.items, ...next.items] : next.items }))
    } catch (failed) {
      setError(asShopError(failed))
    }
  }
  useEffect(() => {
    void load()
  }, []) // eslint-disable-line react-hooks/exhaustive-deps
  const Heading = few ? 'h2' : 'h1'
  return (
    <section aria-labelledby="orders">
      <Heading id="orders" className="text-xl font-semibold">{t(few ? 'account.latest_orders' : 'account.orders')}</Heading>
      {error && <div className="mt-4"><Notice tone="bad">{errorText(t, error)} <button type="button" className="link" onClick={() => void load()}>{t('again')}</button></Notice></div>}
      {!page && !error && <div className="mt-4 space-y-3" aria-busy="true"><Skeleton className="h-20" /><Skeleton className="h-20" /></div>}
      {page?.items.length === 0 && (
        <div className="card mt-4 px-6 py-12 text-center">
          <p className="text-muted">{t('account.no_orders')}</p>
          <a href={href('/products')} className="btn-quiet mt-4">{t('cart.browse')}</a>
        </div>
      )}
      <ul className="mt-4 space-y-3">
        {page?.items.map((order) => (
          <li key={order.id} className="card relative flex flex-wrap items-center gap-x-6 gap-y-2 p-4 hover:border-edge">
            <div className="min-w-40 grow">
              <a href={href(`/orders/${order.number}`)} className="font-semibold after:absolute after:inset-0">{order.number}</a>
              <p className="text-sm text-muted">{dateText(locale, order.created_at)} · {t('order.units', { count: order.units })}</p>
            </div>
            <Status order={order} />
            <Money amount={order.total.amount} currency={order.total.currency} className="font-semibold tabular-nums" />
          </li>
        ))}
      </ul>
      {page?.next_cursor && (few
        ? <p className="mt-4"><a className="link" href={href('/account/orders')}>{t('account.all_orders')}</a></p>
        : <button type="button" className="btn-quiet mt-4" onClick={() => void load(page.next_cursor ?? undefined)}>{t('account.older_orders')}</button>)}
    </section>
  )
}
