'use client'

import { useState } from 'react'
import { PasswordField } from '@/components/forms/field'
import { useAction } from '@/components/forms/use-action'
import { Notice } from '@/components/notice'
import { signUp } from '@/lib/api/account'
import type { OrderDetail } from '@/lib/api/types'
import { errorText, fieldText } from '@/lib/errors'
import { useI18n } from '@/lib/i18n'

/** An account out of what the order knows already: only a password is missing. */
export function MakeAccount({ order }: { order: OrderDetail }) {
  const { t, locale } = useI18n()
  const { busy, error, run, form } = useAction()
  const [password, setPassword] = useState('')
  const [done, setDone] = useState(false)
  const wrong = fieldText(t, error, 'password')
  return (
    <section aria-labelledby="make-account" className="card p-5 sm:p-6">
      <h2 id="make-account" className="text-lg font-semibold">{t('confirmation.account')}</h2>
      {done ? (
        <div className="mt-3"><Notice tone="good">{t('register.done', { email: order.email })}</Notice></div>
      ) : (
        <form
          ref={form}
          className="mt-3 space-y-4"
          onSubmit={(event) => {
            event.preventDefault()
            void run(async () => {
              await signUp({ email: order.email, name: order.shipping_address.name, password, locale })
              setDone(true)
            })
          }}
        >
          <p className="text-sm text-muted">{t('confirmation.account_text', { email: order.email })}</p>
          {error && !wrong && <Notice tone="bad">{errorText(t, error)}</Notice>}
          <input type="hidden" autoComplete="username" value={order.email} readOnly />
          <PasswordField label={t('password.new')} autoComplete="new-password" required minLength={8} maxLength={128} hint={t('password.hint')} error={wrong} value={password} onChange={(event) => setPassword(event.target.value)} />
          <button type="submit" className="btn-quiet" disabled={busy}>{t('register.submit')}</button>
        </form>
      )}
    </section>
  )
}
