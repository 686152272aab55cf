'use client'

import { useId, useState, type InputHTMLAttributes } from 'react'
import { useI18n } from '@/lib/i18n'

interface Props extends InputHTMLAttributes<HTMLInputElement> {
  label: string
  error?: string
  hint?: string
}

/** A field with its label, what helps to fill it, and what is wrong with it. */
export function Field({ label, error, hint, id, className = '', ...input }: Props) {
  const made = useId()
  const own = id ?? made
  const described = [hint && `${own}-hint`, error && `${own}-error`].filter(Boolean).join(' ')
  return (
    <div className={className}>
      <label htmlFor={own} className="label">{label}</label>
      <input id={own} className="input" aria-invalid={error ? true : undefined} aria-describedby={described || undefined} {...input} />
      {hint && <p id={`${own}-hint`} className="mt-1 text-sm text-muted">{hint}</p>}
      <FieldError id={`${own}-error`} text={error} />
    </div>
  )
}

export function FieldError({ id, text }: { id: string; text?: string }) {
  return text ? <p id={id} className="mt-1 text-sm font-medium text-bad">{text}</p> : null
}

/** A password that can be looked at. */
export function PasswordField({ label, error, hint, id, ...input }: Props) {
  const { t } = useI18n()
  const [shown, setShown] = useState(false)
  const made = useId()
  const own = id ?? made
  const described = [hint && `${own}-hint`, error && `${own}-error`].filter(Boolean).join(' ')
  return (
    <div>
      <label htmlFor={own} className="label">{label}</label>
      <div className="relative">
        <input
          id={own}
          type={shown ? 'text' : 'password'}
          className="input pr-20"
          spellCheck={false}
          autoCapitalize="none"
          aria-invalid={error ? true : undefined}
          aria-describedby={described || undefined}
          {...input}
        />
        <button
          type="button"
          aria-pressed={shown}
          aria-label={t('password.show')}
          onClick={() => setShown(!shown)}
          className="absolute inset-y-0 right-0 min-w-16 rounded-control px-3 text-sm font-semibold text-accent hover:underline"
        >
          {t(shown ? 'password.hide_short' : 'password.show_short')}
        </button>
      </div>
      {hint && <p id={`${own}-hint`} className="mt-1 text-sm text-muted">{hint}</p>}
      <FieldError id={`${own}-error`} text={error} />
    </div>
  )
}

/** Where the first field stands that is wrong, once React has marked it. */
export function focusFirstInvalid(form: HTMLElement | null) {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
}
