'use client'

import { useState } from 'react'
import { Field } from '@/components/forms/field'
import { useAction } from '@/components/forms/use-action'
import { Notice } from '@/components/notice'
import { mailVerification, saveMe } from '@/lib/api/account'
import type { Me } from '@/lib/api/types'
import { errorText, fieldText } from '@/lib/errors'
import { useI18n } from '@/lib/i18n'
import { adoptMe, signOut } from '@/lib/session'
import { Orders } from './orders'

/** Who one is to the shop, and the latest orders. */
export function Overview({ me }: { me: Me }) {
  const { t, href, locale } = useI18n()
  const { busy, error, run, form } = useAction()
  const [name, setName] = useState(me.name)
  const [told, setTold] = useState<string | null>(null)
  return (
    <div className="space-y-8">
      <section aria-labelledby="profile" className="card p-5 sm:p-6">
        <h1 id="profile" className="text-xl font-semibold">{t('account.hello', { name: me.name })}</h1>
        {!me.email_verified && (
          <div className="mt-4">
            <Notice title={t('account.unverified')}>
              <p>{t('account.unverified_text', { email: me.email })}</p>
              <button type="button" className="link min-h-11" disabled={busy} onClick={() => void run(async () => { await mailVerification(me.email); setTold(t('verify.mailed')) })}>{t('verify.again')}</button>
            </Notice>
          </div>
        )}
        <form
          ref={form}
          className="mt-5 max-w-md space-y-4"
          onSubmit={(event) => {
            event.preventDefault()
            void run(async () => {
              adoptMe(await saveMe({ name: name.trim(), locale, version: me.version }))
              setTold(t('account.saved'))
            })
          }}
        >
          {error && <Notice tone="bad">{errorText(t, error)}</Notice>}
          {told && !error && <Notice tone="good">{told}</Notice>}
          <Field label={t('address.name')} name="name" required maxLength={200} autoComplete="name" value={name} error={fieldText(t, error, 'name')} onChange={(event) => setName(event.target.value)} />
          <Field label={t('address.email')} type="email" value={me.email} readOnly autoComplete="email" />
          <div className="flex flex-wrap gap-3">
            <button type="submit" className="btn-primary" disabled={busy}>{t('account.save')}</button>
            <button type="button" className="btn-quiet" disabled={busy} onClick={() => void run(async () => { await signOut(false); location.assign(href('/')) })}>{t('account.log_out')}</button>
          </div>
        </form>
      </section>
      <Orders few />
    </div>
  )
}
