'use client'

import { useState } from 'react'
import { Narrow, NarrowPage } from '@/components/account/frame'
import { Field, PasswordField } from '@/components/forms/field'
import { useAction } from '@/components/forms/use-action'
import { Notice } from '@/components/notice'
import { signUp } from '@/lib/api/account'
import { errorText, fieldText } from '@/lib/errors'
import { useI18n } from '@/lib/i18n'

export function Register() {
  return <NarrowPage><RegisterForm /></NarrowPage>
}

/** The answer is the same for addresses that have an account: their owner is told by mail, and nobody else. */
function RegisterForm() {
  const { t, href, locale } = useI18n()
  const { busy, error, run, form } = useAction()
  const [user, setUser] = useState({ name: '', email: '', password: '' })
  const [done, setDone] = useState(false)
  if (done) {
    return (
      <Narrow title={t('register.check')}>
        <Notice tone="good">{t('register.done', { email: user.email })}</Notice>
        <a className="btn-primary mt-6 w-full" href={href('/login')}>{t('account.log_in')}</a>
      </Narrow>
    )
  }
  const set = (part: Partial<typeof user>) => setUser({ ...user, ...part })
  return (
    <Narrow title={t('register.title')} text={t('register.text')}>
      <form
        ref={form}
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault()
          void run(async () => {
            await signUp({ ...user, email: user.email.trim(), name: user.name.trim(), locale })
            setDone(true)
          })
        }}
      >
        {error && !error.problem?.errors?.length && <Notice tone="bad">{errorText(t, error)}</Notice>}
        <Field label={t('address.name')} name="name" required maxLength={200} autoComplete="name" value={user.name} error={fieldText(t, error, 'name')} onChange={(event) => set({ name: event.target.value })} />
        <Field label={t('address.email')} type="email" name="email" required maxLength={254} autoComplete="username" value={user.email} error={fieldText(t, error, 'email')} onChange={(event) => set({ email: event.target.value })} />
        <PasswordField label={t('password.label')} name="password" required minLength={8} maxLength={128} autoComplete="new-password" hint={t('password.hint')} value={user.password} error={fieldText(t, error, 'password')} onChange={(event) => set({ password: event.target.value })} />
        <button type="submit" className="btn-primary w-full" disabled={busy}>{t('register.submit')}</button>
      </form>
      <div className="mt-8 border-t border-line pt-6 text-sm text-muted">
        {t('register.known')} <a className="link" href={href('/login')}>{t('account.log_in')}</a>
      </div>
    </Narrow>
  )
}
