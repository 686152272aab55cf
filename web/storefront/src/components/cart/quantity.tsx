'use client'

import { useEffect, useState } from 'react'
import { useI18n } from '@/lib/i18n'

const QUANTITY_MAX = 999

interface Props {
  value: number
  title: string
  onChange: (quantity: number) => void
}

/** How many, by buttons or by hand. Several quick clicks are sent as one change. */
export function Quantity({ value, title, onChange }: Props) {
  const { t } = useI18n()
  const [typed, setTyped] = useState(String(value))
  useEffect(() => setTyped(String(value)), [value])
  useEffect(() => {
    const wanted = Number(typed)
    if (!Number.isInteger(wanted) || wanted < 1 || wanted > QUANTITY_MAX || wanted === value) return
    const timer = setTimeout(() => onChange(wanted), 300)
    return () => clearTimeout(timer)
  }, [typed]) // eslint-disable-line react-hooks/exhaustive-deps
  const now = Number(typed) || value
  const step = 'grid size-11 place-items-center text-lg hover:bg-sunken disabled:opacity-40'
  return (
    <div role="group" aria-label={t('cart.quantity_of', { title })} className="inline-flex items-center overflow-hidden rounded-control border border-edge bg-surface">
      <button type="button" className={step} aria-label={t('cart.fewer', { title })} disabled={now <= 1} onClick={() => setTyped(String(Math.max(1, now - 1)))}>−</button>
      <input
        inputMode="numeric"
        pattern="[0-9]*"
        aria-label={t('cart.quantity_of', { title })}
        value={typed}
        maxLength={3}
        onChange={(event) => setTyped(event.target.value.replace(/\D/g, ''))}
        onBlur={() => typed === '' && setTyped(String(value))}
        className="h-11 w-11 border-x border-line bg-surface text-center tabular-nums"
      />
      <button type="button" className={step} aria-label={t('cart.more', { title })} disabled={now >= QUANTITY_MAX} onClick={() => setTyped(String(Math.min(QUANTITY_MAX, now + 1)))}>+</button>
    </div>
  )
}
