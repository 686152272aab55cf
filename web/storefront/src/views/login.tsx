'use client'

import { useState } from 'react'
import { Narrow, NarrowPage } from '@/components/account/frame'
import { Field, PasswordField } from '@/components/forms/field'
import { useAction } from '@/components/forms/use-action'
import { Notice } from '@/components/notice'
import { errorText, fieldText } from '@/lib/errors'
import { useI18n } from '@/lib/i18n'
import { nextPage } from '@/lib/next-page'
import { signIn } from '@/lib/session'

export function Login() {
  return <NarrowPage><LoginForm /></NarrowPage>
}

function LoginForm() {
  const { t, href } = useI18n()
  const { busy, error, run, form } = useAction()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  return (
    <Narrow title={t('login.title')} text={t('login.text')}>
      <form
        ref={form}
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault()
          void run(async () => {
            await signIn(email.trim(), password)
            location.assign(nextPage(location.search, href))
          })
        }}
      >
        {error && !error.problem?.errors?.length && <Notice tone="bad">{errorText(t, error)}</Notice>}
        <Field label={t('address.email')} type="email" name="email" required maxLength={254} autoComplete="username" value={email} error={fieldText(t, error, 'email')} onChange={(event) => setEmail(event.target.value)} />
        <PasswordField label={t('password.label')} name="password" required maxLength={128} autoComplete="current-password" value={password} error={fieldText(t, error, 'password')} onChange={(event) => setPassword(event.target.value)} />
        <p className="text-sm"><a className="link" href={href('/forgot-password')}>{t('login.forgot')}</a></p>
        <button type="submit" className="btn-primary w-full" disabled={busy}>{t('account.log_in')}</button>
      </form>
      <div className="mt-8 border-t border-line pt-6 text-sm text-muted">
        {t('login.new')} <a className="link" href={href('/register')}>{t('register.submit')}</a>
      </div>
    </Narrow>
  )
}
