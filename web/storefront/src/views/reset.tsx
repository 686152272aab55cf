'use client'

import { useState } from 'react'
import { Narrow, NarrowPage } from '@/components/account/frame'
import { PasswordField } from '@/components/forms/field'
import { useAction } from '@/components/forms/use-action'
import { Notice, Skeleton } from '@/components/notice'
import { setNewPassword } from '@/lib/api/account'
import { errorText, fieldText } from '@/lib/errors'
import { useI18n } from '@/lib/i18n'
import { useMailedToken } from '@/lib/mailed-token'

export function Reset() {
  return <NarrowPage><ResetForm /></NarrowPage>
}

function ResetForm() {
  const { t, href } = useI18n()
  const token = useMailedToken()
  const { busy, error, run, form } = useAction()
  const [password, setPassword] = useState('')
  const [done, setDone] = useState(false)
  if (token === undefined) return <Narrow title={t('reset.title')}><Skeleton className="h-40" /></Narrow>
  if (done) {
    return (
      <Narrow title={t('reset.title')}>
        <Notice tone="good">{t('reset.done')}</Notice>
        <a className="btn-primary mt-6 w-full" href={href('/login')}>{t('account.log_in')}</a>
      </Narrow>
    )
  }
  if (!token || error?.code === 'token_invalid') {
    return (
      <Narrow title={t('reset.title')}>
        <Notice tone="bad">{t('error.token_invalid')}</Notice>
        <a className="btn-primary mt-6 w-full" href={href('/forgot-password')}>{t('reset.again')}</a>
      </Narrow>
    )
  }
  const wrong = fieldText(t, error, 'password')
  return (
    <Narrow title={t('reset.title')} text={t('reset.text')}>
      <form
        ref={form}
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault()
          void run(async () => {
            await setNewPassword(token, password)
            setDone(true)
          })
        }}
      >
        {error && !wrong && <Notice tone="bad">{errorText(t, error)}</Notice>}
        <PasswordField label={t('password.new')} required minLength={8} maxLength={128} autoComplete="new-password" hint={t('password.hint')} value={password} error={wrong} onChange={(event) => setPassword(event.target.value)} />
        <button type="submit" className="btn-primary w-full" disabled={busy}>{t('reset.submit')}</button>
      </form>
    </Narrow>
  )
}
