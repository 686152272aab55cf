'use client'

import { Page } from '@/components/page'
import { useI18n } from '@/lib/i18n'

/** An address that nothing stands at. */
export function NotFound() {
  return <Page>{() => <Told what="not_found" />}</Page>
}

/** The network is away. */
export function Offline() {
  return <Page>{() => <Told what="offline" again />}</Page>
}

/** The shop is away. */
export function Failed() {
  return <Page>{() => <Told what="failed" again />}</Page>
}

function Told({ what, again = false }: { what: 'not_found' | 'offline' | 'failed'; again?: boolean }) {
  const { t, href } = useI18n()
  return (
    <div className="wrap grid min-h-[60vh] content-center py-16 text-center">
      <h1 className="text-3xl font-extrabold tracking-tight sm:text-4xl">{t(`told.${what}`)}</h1>
      <p className="mx-auto mt-4 max-w-lg leading-7 text-muted">{t(`told.${what}_text`)}</p>
      <div className="mt-8 flex flex-wrap justify-center gap-3">
        {again && <button type="button" onClick={() => location.reload()} className="btn-primary">{t('told.again')}</button>}
        <a href={href('/products')} className={again ? 'btn-quiet' : 'btn-primary'}>{t('told.look_around')}</a>
      </div>
    </div>
  )
}
