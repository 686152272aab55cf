'use client'

import type { ReactNode } from 'react'
import { CheckIcon } from '@/components/icons'
import { useI18n } from '@/lib/i18n'

interface Props {
  number: number
  title: string
  state: 'done' | 'open' | 'later'
  summary?: ReactNode
  onEdit?: () => void
  children: ReactNode
}

/** A step of the checkout: to come, open, or done and shown in two lines with a way back. */
export function Step({ number, title, state, summary, onEdit, children }: Props) {
  const { t } = useI18n()
  const id = `step-${number}`
  const mark = state === 'later' ? 'border border-edge text-muted' : 'bg-accent text-on-accent'
  return (
    <section aria-labelledby={id} className="card p-5 sm:p-7">
      <div className="flex items-center gap-3">
        <span aria-hidden="true" className={`grid size-8 shrink-0 place-items-center rounded-full text-sm font-bold ${mark}`}>
          {state === 'done' ? <CheckIcon width={18} height={18} /> : number}
        </span>
        <h2 id={id} tabIndex={-1} className={`grow text-lg font-semibold outline-none ${state === 'later' ? 'text-muted' : ''}`}>{title}</h2>
        {state === 'done' && onEdit && (
          <button type="button" className="link min-h-11 px-2 text-sm" onClick={onEdit} aria-label={t('checkout.change_step', { step: title })}>{t('checkout.change')}</button>
        )}
      </div>
      {state === 'done' && summary && <div className="mt-2 text-sm text-muted sm:pl-11">{summary}</div>}
      {state === 'open' && <div className="mt-5">{children}</div>}
    </section>
  )
}
