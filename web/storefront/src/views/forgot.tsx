'use client'

import { Narrow, NarrowPage } from '@/components/account/frame'
import { MailForm } from '@/components/account/mail-form'
import { mailReset } from '@/lib/api/account'
import { useI18n } from '@/lib/i18n'

export function Forgot() {
  return <NarrowPage><ForgotForm /></NarrowPage>
}

function ForgotForm() {
  const { t, href } = useI18n()
  return (
    <Narrow title={t('forgot.title')} text={t('forgot.text')}>
      <MailForm send={mailReset} done={t('forgot.done')} submit={t('forgot.submit')} />
      <p className="mt-6 text-sm"><a className="link" href={href('/login')}>{t('account.log_in')}</a></p>
    </Narrow>
  )
}
