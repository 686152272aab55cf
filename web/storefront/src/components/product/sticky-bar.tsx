'use client'

import { useEffect, useState, type RefObject } from 'react'
import type { Money as Amount } from '@/lib/api/types'
import { Money } from '../money'

interface Props {
  /** Shown once this has been scrolled past. */
  below: RefObject<HTMLElement | null>
  title: string
  price?: Amount
  label: string
  disabled: boolean
  onAdd: () => void
}

/** On phones: the button follows whoever reads on. */
export function StickyBar({ below, title, price, label, disabled, onAdd }: Props) {
  const [shown, setShown] = useState(false)
  useEffect(() => {
    if (!below.current) return
    const watcher = new IntersectionObserver(([entry]) => setShown(entry !== undefined && !entry.isIntersecting && entry.boundingClientRect.top < 0))
    watcher.observe(below.current)
    return () => watcher.disconnect()
  }, [below])
  if (!shown) return null
  return (
    <div className="fixed inset-x-0 bottom-0 z-20 border-t border-line bg-surface px-4 pt-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] lg:hidden">
      <div className="flex items-center gap-4">
        <p className="min-w-0 grow"><span className="block truncate text-sm">{title}</span>{price && <Money amount={price.amount} currency={price.currency} className="font-semibold" />}</p>
        <button type="button" onClick={onAdd} disabled={disabled} className="btn-primary shrink-0">{label}</button>
      </div>
    </div>
  )
}
