'use client'

import type { CategoryStep } from '@/lib/api/types'
import { useI18n } from '@/lib/i18n'

/** The way here from the start. `here` is the page itself; without it the last step is a link like the others. */
export function Breadcrumbs({ steps, here }: { steps: CategoryStep[]; here?: string }) {
  const { t, href } = useI18n()
  return (
    <nav aria-label={t('nav.breadcrumbs')} className="text-sm text-muted">
      <ol className="flex flex-wrap items-center gap-x-2">
        <li><a href={href('/')} className="crumb">{t('nav.home')}</a></li>
        {steps.map((step) => (
          <li key={step.path} className="flex items-center gap-x-2 before:content-['/'] before:text-edge"><a href={href(`/categories/${step.path}`)} className="crumb">{step.title}</a></li>
        ))}
        {here && <li className="flex items-center gap-x-2 before:content-['/'] before:text-edge"><span aria-current="page" className="py-2 text-ink">{here}</span></li>}
      </ol>
    </nav>
  )
}
