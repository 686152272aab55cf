'use client'

import { useState } from 'react'
import { Narrow, NarrowPage } from '@/components/account/frame'
import { MailForm } from '@/components/account/mail-form'
import { useAction } from '@/components/forms/use-action'
import { Notice, Skeleton } from '@/components/notice'
import { mailVerification, proveEmail } from '@/lib/api/account'
import { errorText } from '@/lib/errors'
import { useI18n } from '@/lib/i18n'
import { useMailedToken } from '@/lib/mailed-token'
import { useSession } from '@/lib/session'

export function Verify() {
  return <NarrowPage><VerifyForm /></NarrowPage>
}

/** Proves the address at a press of the button: scanners that open links in mails press none. */
function VerifyForm() {
  const { t, href } = useI18n()
  const token = useMailedToken()
  const { me } = useSession()
  const { busy, error, run } = useAction()
  const [done, setDone] = useState(false)
  if (token === undefined) return <Narrow title={t('verify.title')}><Skeleton className="h-24" /></Narrow>
  if (done) {
    return (
      <Narrow title={t('verify.title')}>
        <Notice tone="good">{t('verify.done')}</Notice>
        <a className="btn-primary mt-6 w-full" href={href(me ? '/account' : '/login')}>{t(me ? 'account.title' : 'account.log_in')}</a>
      </Narrow>
    )
  }
  if (!token || error?.code === 'token_invalid') {
    return (
      <Narrow title={t('verify.title')}>
        <div className="mb-6"><Notice tone="bad">{t('error.token_invalid')}</Notice></div>
        <MailForm send={mailVerification} done={t('verify.mailed')} submit={t('verify.again')} />
      </Narrow>
    )
  }
  return (
    <Narrow title={t('verify.title')} text={t('verify.text')}>
      {error && <div className="mb-4"><Notice tone="bad">{errorText(t, error)}</Notice></div>}
      <button type="button" className="btn-primary w-full" disabled={busy} onClick={() => void run(async () => { await proveEmail(token); setDone(true) })}>
        {t('verify.submit')}
      </button>
    </Narrow>
  )
}
