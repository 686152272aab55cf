'use client'

import { useState } from 'react'
import { Field } from '@/components/forms/field'
import { useAction } from '@/components/forms/use-action'
import { Notice } from '@/components/notice'
import { findOrder } from '@/lib/api/orders'
import type { OrderDetail } from '@/lib/api/types'
import { errorText, fieldText } from '@/lib/errors'
import { useI18n } from '@/lib/i18n'

/** Number and address: together they open an order without an account. */
export function Lookup({ number: given, onFound }: { number?: string; onFound: (order: OrderDetail) => void }) {
  const { t } = useI18n()
  const { busy, error, run, form } = useAction()
  const [number, setNumber] = useState(given ?? '')
  const [email, setEmail] = useState('')
  return (
    <form
      ref={form}
      className="card max-w-lg space-y-4 p-6"
      onSubmit={(event) => {
        event.preventDefault()
        void run(async () => onFound(await findOrder(number.trim().toUpperCase(), email.trim())))
      }}
    >
      {error && <Notice tone="bad">{error.status === 404 ? t('track.unknown') : errorText(t, error)}</Notice>}
      <Field label={t('track.number')} name="number" required maxLength={40} autoComplete="off" autoCapitalize="characters" spellCheck={false} value={number} error={fieldText(t, error, 'number')} onChange={(event) => setNumber(event.target.value)} />
      <Field label={t('address.email')} name="email" type="email" required maxLength={254} autoComplete="email" value={email} hint={t('track.email_hint')} error={fieldText(t, error, 'email')} onChange={(event) => setEmail(event.target.value)} />
      <button type="submit" className="btn-primary w-full sm:w-auto" disabled={busy}>{t('track.submit')}</button>
    </form>
  )
}
