'use client'

import { useState } from 'react'
import { Field } from '@/components/forms/field'
import { useAction } from '@/components/forms/use-action'
import { Notice } from '@/components/notice'
import { errorText, fieldText } from '@/lib/errors'
import { useI18n } from '@/lib/i18n'

/** Asks for a mail. What is answered is the same whether or not anybody has an account. */
export function MailForm({ send, done, submit }: { send: (email: string) => Promise<void>; done: string; submit: string }) {
  const { t } = useI18n()
  const { busy, error, run, form } = useAction()
  const [email, setEmail] = useState('')
  const [sent, setSent] = useState(false)
  if (sent) return <Notice tone="good">{done}</Notice>
  return (
    <form
      ref={form}
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault()
        void run(async () => {
          await send(email.trim())
          setSent(true)
        })
      }}
    >
      {error && !error.problem?.errors?.length && <Notice tone="bad">{errorText(t, error)}</Notice>}
      <Field label={t('address.email')} type="email" name="email" required maxLength={254} autoComplete="email" value={email} error={fieldText(t, error, 'email')} onChange={(event) => setEmail(event.target.value)} />
      <button type="submit" className="btn-primary w-full" disabled={busy}>{submit}</button>
    </form>
  )
}
