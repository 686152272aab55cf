import type { ReactNode } from 'react'

const TONES = {
  info: 'border-line bg-sunken text-ink',
  good: 'border-good bg-surface text-ink',
  bad: 'border-bad bg-bad-soft text-ink',
}

/** Something to be told, where it belongs. What went wrong is read out at once. */
export function Notice({ tone = 'info', title, children }: { tone?: keyof typeof TONES; title?: string; children?: ReactNode }) {
  return (
    <div role={tone === 'bad' ? 'alert' : 'status'} className={`rounded-control border px-4 py-3 text-sm leading-6 ${TONES[tone]}`}>
      {title && <p className="font-semibold">{title}</p>}
      {children}
    </div>
  )
}

/** The place of what is on its way, in its size. */
export function Skeleton({ className }: { className: string }) {
  return <div aria-hidden="true" className={`animate-pulse rounded-control bg-sunken ${className}`} />
}
