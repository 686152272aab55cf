'use client'

import type { SearchAnswer } from '@/lib/api/types'
import { useI18n } from '@/lib/i18n'
import { readable } from '@/lib/readable'
import { addressOf, toggled, withValue, type ListQuery } from '@/lib/query'
import { CheckIcon } from '../icons'
import { PriceRange } from './price-range'

type Facets = SearchAnswer['facets']

interface Props {
  facets?: Facets
  query: ListQuery
  /** The list's address, without its parameters. */
  path: string
  /** Categories narrow this list down; else they are on their own pages. */
  byCategory?: boolean
  /** Where the fields get their ids from: the same filters stand beside the list and in the dialog. */
  id: string
}

/** What a list can be narrowed down by. Each value is a link that keeps the others. */
export function Filters({ facets, query, path, byCategory = false, id }: Props) {
  const { t } = useI18n()
  const chosen = query.get('category')
  return (
    <div className="divide-y divide-line border-y border-line">
      {byCategory && (facets?.categories.length ?? 0) > 0 && (
        <Group title={t('filter.category')}>
          {facets?.categories.map(({ path: category, titles, count }) => (
            <Choice
              key={category}
              label={titles.at(-1) ?? category}
              count={count}
              depth={titles.length - 1}
              on={chosen === category}
              to={addressOf(path, withValue(query, 'category', chosen === category ? null : category))}
            />
          ))}
        </Group>
      )}
      {(facets?.brands.length ?? 0) > 0 && (
        <Group title={t('filter.brand')}>
          {facets?.brands.map(({ value, count }) => (
            <Choice key={value} label={value} count={count} on={query.has('brand', value)} to={addressOf(path, toggled(query, 'brand', value))} />
          ))}
        </Group>
      )}
      {facets?.attributes.map(({ name, values }) => (
        <Group key={name} title={readable(name)}>
          {values.map(({ value, count }) => (
            <Choice key={value} label={value} count={count} on={query.has('attribute', `${name}:${value}`)} to={addressOf(path, toggled(query, 'attribute', `${name}:${value}`))} />
          ))}
        </Group>
      ))}
      <PriceRange query={query} path={path} id={id} />
    </div>
  )
}

function Group({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <details open className="group/facet py-1">
      <summary className="flex min-h-11 items-center justify-between font-semibold">{title}</summary>
      <ul className="pb-3 text-sm">{children}</ul>
    </details>
  )
}

function Choice({ label, count, on, to, depth = 0 }: { label: string; count: number; on: boolean; to: string; depth?: number }) {
  const { t, href } = useI18n()
  return (
    <li className={depth > 0 ? 'pl-5' : ''}>
      <a href={href(to)} rel="nofollow" aria-current={on || undefined} className="group flex min-h-9 items-center gap-2.5 rounded-control hover:underline">
        <span aria-hidden="true" className="grid size-4.5 shrink-0 place-items-center rounded border border-edge bg-surface group-aria-[current]:border-accent group-aria-[current]:bg-accent group-aria-[current]:text-on-accent">
          {on && <CheckIcon width="14" height="14" strokeWidth="3" />}
        </span>
        <span className="min-w-0 grow truncate">{label}</span>
        <span className="text-muted tabular-nums"><span aria-hidden="true">{count}</span><span className="sr-only">{t('filter.count', { count })}</span></span>
      </a>
    </li>
  )
}
