'use client'

import { useEffect, useState } from 'react'
import { OrderFile } from '@/components/order/file'
import { Lookup } from '@/components/order/lookup'
import { Skeleton } from '@/components/notice'
import { Page } from '@/components/page'
import { findOrder, listOrders, readOrder } from '@/lib/api/orders'
import type { Me, OrderDetail } from '@/lib/api/types'
import { proofOf } from '@/lib/checkout/purchase'
import type { OrderDocument } from '@/lib/document'
import { useI18n } from '@/lib/i18n'
import { useSession } from '@/lib/session'

/** As many of the latest orders as are looked through for a number. */
const LATEST = 100

export function Order() {
  return <Page<OrderDocument>>{(page) => <OrderPage number={page.number} />}</Page>
}

/** Mails link here. It opens for who has bought it: this tab, this account, or whoever knows the address. */
function OrderPage({ number }: { number: string }) {
  const { t } = useI18n()
  const { me, known } = useSession()
  const [found, setFound] = useState<{ order: OrderDetail; cart?: string; own: boolean } | null>(null)
  const [tried, setTried] = useState(false)
  useEffect(() => {
    if (!known) return
    let gone = false
    open(number, me).then((opened) => !gone && opened && setFound(opened), () => undefined).finally(() => !gone && setTried(true))
    return () => { gone = true }
  }, [number, me, known])
  return (
    <div className="wrap min-h-[60vh] max-w-5xl py-10">
      {found ? (
        <OrderFile order={found.order} cart={found.cart} mayCancel={found.own} onChange={(order) => setFound({ ...found, order })} />
      ) : !tried ? (
        <div className="space-y-6" aria-busy="true"><Skeleton className="h-12 w-72" /><Skeleton className="h-64 w-full" /></div>
      ) : (
        <>
          <h1 className="text-3xl font-bold tracking-tight">{t('order.title', { number })}</h1>
          <p className="mt-3 mb-6 max-w-prose text-muted">{t('track.prove')}</p>
          <Lookup number={number} onFound={(order) => setFound({ order, own: false })} />
        </>
      )}
    </div>
  )
}

async function open(number: string, me: Me | null): Promise<{ order: OrderDetail; cart?: string; own: boolean } | null> {
  const proof = proofOf((each) => each.number === number)
  if (proof) return { order: await readOrder(proof.order, proof.cart), cart: proof.cart, own: true }
  if (!me) return null
  const listed = (await listOrders(LATEST)).items.find((order) => order.number === number)
  if (listed) return { order: await readOrder(listed.id), own: true }
  return { order: await findOrder(number, me.email), own: false }
}
