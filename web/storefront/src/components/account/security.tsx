'use client'

import { useEffect, useState } from 'react'
import { PasswordField } from '@/components/forms/field'
import { useAction } from '@/components/forms/use-action'
import { Notice, Skeleton } from '@/components/notice'
import { readSessions, replacePassword } from '@/lib/api/account'
import type { ShopError } from '@/lib/api/http'
import type { SessionView } from '@/lib/api/types'
import { dateText } from '@/lib/dates'
import { asShopError, errorText, fieldText } from '@/lib/errors'
import { deviceOf } from '@/lib/device'
import { useI18n } from '@/lib/i18n'
import { signOut } from '@/lib/session'

/** The password, and where one is signed in. */
export function Security() {
  const { t } = useI18n()
  return (
    <div className="space-y-8">
      <h1 className="text-xl font-semibold">{t('account.security')}</h1>
      <Password />
      <Sessions />
    </div>
  )
}

function Password() {
  const { t } = useI18n()
  const { busy, error, run, form } = useAction()
  const [words, setWords] = useState({ now: '', next: '' })
  const [done, setDone] = useState(false)
  const wrongNow = error?.code === 'wrong_password' ? t('error.wrong_password') : fieldText(t, error, 'current_password')
  const wrongNext = wrongNow ? undefined : fieldText(t, error, 'password')
  return (
    <section aria-labelledby="password" className="card p-5 sm:p-6">
      <h2 id="password" className="text-lg font-semibold">{t('security.password')}</h2>
      <form
        ref={form}
        className="mt-4 max-w-md space-y-4"
        onSubmit={(event) => {
          event.preventDefault()
          setDone(false)
          void run(async () => {
            await replacePassword(words.now, words.next)
            setWords({ now: '', next: '' })
            setDone(true)
          })
        }}
      >
        {done && <Notice tone="good">{t('security.password_done')}</Notice>}
        {error && !wrongNow && !wrongNext && <Notice tone="bad">{errorText(t, error)}</Notice>}
        <PasswordField label={t('security.current')} required maxLength={128} autoComplete="current-password" value={words.now} error={wrongNow} onChange={(event) => setWords({ ...words, now: event.target.value })} />
        <PasswordField label={t('password.new')} required minLength={8} maxLength={128} autoComplete="new-password" hint={t('password.hint')} value={words.next} error={wrongNext} onChange={(event) => setWords({ ...words, next: event.target.value })} />
        <button type="submit" className="btn-primary" disabled={busy}>{t('security.change')}</button>
      </form>
    </section>
  )
}

function Sessions() {
  const { t, href, locale } = useI18n()
  const { busy, error, run } = useAction()
  const [sessions, setSessions] = useState<SessionView[] | null>(null)
  const [failed, setFailed] = useState<ShopError | null>(null)
  useEffect(() => {
    readSessions().then(setSessions, (problem) => setFailed(asShopError(problem)))
  }, [])
  const wrong = error ?? failed
  return (
    <section aria-labelledby="sessions" className="card p-5 sm:p-6">
      <h2 id="sessions" className="text-lg font-semibold">{t('security.sessions')}</h2>
      {wrong && <div className="mt-3"><Notice tone="bad">{errorText(t, wrong)}</Notice></div>}
      {!sessions && !failed && <Skeleton className="mt-4 h-24" />}
      <ul className="mt-3 divide-y divide-line">
        {sessions?.map((session) => (
          <li key={session.id} className="py-3 text-sm">
            <p className="font-medium break-words">{session.device ? deviceOf(session.device) : t('security.unknown_device')}{session.current && <span className="ml-2 text-good">{t('security.this_one')}</span>}</p>
            <p className="text-muted">{t('security.seen', { when: dateText(locale, session.seen_at, true) })}</p>
          </li>
        ))}
      </ul>
      <button type="button" className="btn-quiet mt-3" disabled={busy} onClick={() => void run(async () => { await signOut(true); location.assign(href('/login')) })}>{t('security.everywhere')}</button>
    </section>
  )
}
