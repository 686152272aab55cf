'use client'

import type { ProductSummary } from '@/lib/api/types'
import { useI18n } from '@/lib/i18n'
import { pictureOf } from './art'
import { Money } from './money'

export function optionId(list: string, at: number): string {
  return `${list}-${at}`
}

/** The list of the search's combobox. Focus stays in the field; what is active is marked here. */
export function Suggestions({ id, products, active }: { id: string; products: ProductSummary[]; active: number }) {
  const { t, href } = useI18n()
  return (
    <ul id={id} role="listbox" aria-label={t('search.suggested')} className={`card absolute inset-x-0 top-full z-40 mt-2 overflow-hidden p-2 shadow-xl ${products.length === 0 ? 'hidden' : ''}`}>
      {products.map((product, at) => (
        <li
          key={product.id}
          id={optionId(id, at)}
          role="option"
          aria-selected={at === active}
          // Pressing would take the focus from the field and close the list before the click arrives.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => location.assign(href(`/products/${product.slug}`))}
          className="flex cursor-pointer items-center gap-3 rounded-control p-2 outline-2 -outline-offset-2 outline-transparent hover:bg-sunken aria-selected:bg-sunken aria-selected:outline-focus"
        >
          <img src={pictureOf(product.slug, product.image)} alt="" width="48" height="48" className="size-12 shrink-0 rounded-control bg-sunken object-cover" />
          <span className="min-w-0 grow">
            <span className="block truncate font-medium">{product.title}</span>
            {product.brand && <span className="block truncate text-sm text-muted">{product.brand}</span>}
          </span>
          {product.price_from && <Money amount={product.price_from.amount} currency={product.price_from.currency} className="shrink-0 text-sm font-semibold" />}
        </li>
      ))}
    </ul>
  )
}
