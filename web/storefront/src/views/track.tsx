'use client'

import { useState } from 'react'
import { Lookup } from '@/components/order/lookup'
import { OrderFile } from '@/components/order/file'
import { Page } from '@/components/page'
import type { OrderDetail } from '@/lib/api/types'
import { useI18n } from '@/lib/i18n'
import { useSession } from '@/lib/session'

export function Track() {
  return <Page>{() => <TrackPage />}</Page>
}

function TrackPage() {
  const { t, href } = useI18n()
  const { me } = useSession()
  const [order, setOrder] = useState<OrderDetail | null>(null)
  return (
    <div className="wrap min-h-[60vh] max-w-5xl py-10">
      {order ? <OrderFile order={order} mayCancel={false} onChange={setOrder} /> : (
        <>
          <h1 className="text-3xl font-bold tracking-tight">{t('track.title')}</h1>
          <p className="mt-3 mb-6 max-w-prose text-muted">{t('track.text')}</p>
          <Lookup onFound={setOrder} />
          {me && <p className="mt-6"><a className="link" href={href('/account/orders')}>{t('account.orders')}</a></p>}
        </>
      )}
    </div>
  )
}
