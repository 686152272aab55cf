'use client'

import { pictureOf } from '@/components/art'
import { TrashIcon } from '@/components/icons'
import { Money } from '@/components/money'
import type { CartLineView } from '@/lib/api/types'
import { setLineQuantity } from '@/lib/cart'
import { useI18n } from '@/lib/i18n'
import { takeOut } from '@/lib/cart-undo'
import { Quantity } from './quantity'

/** A line of the cart that can be changed. What is wrong with it stands beside it. */
export function CartLine({ line, before }: { line: CartLineView; before?: number }) {
  const { t, href } = useI18n()
  const title = line.title ?? t('cart.gone')
  const price = line.price
  return (
    <li className="flex gap-4 py-5">
      <div className="size-20 shrink-0 overflow-hidden rounded-control bg-sunken sm:size-24">
        {line.slug && <img src={pictureOf(line.slug, line.image)} alt="" width="96" height="96" className="size-full object-cover" />}
      </div>
      <div className="min-w-0 grow">
        <div className="flex justify-between gap-3">
          <div className="min-w-0">
            {line.slug ? <a href={href(`/products/${line.slug}`)} className="font-medium hover:underline">{title}</a> : <span className="font-medium">{title}</span>}
            {line.variant_title && <p className="mt-0.5 text-sm text-muted">{line.variant_title}</p>}
          </div>
          {price && <Money amount={price.total.amount} currency={price.total.currency} className="shrink-0 font-semibold tabular-nums" />}
        </div>
        {price && line.quantity > 1 && (
          <p className="mt-0.5 text-sm text-muted">
            {t('cart.each')} <Money amount={price.unit_price.amount} currency={price.unit_price.currency} />
          </p>
        )}
        {price && before !== undefined && before !== price.unit_price.amount && (
          <p className="mt-2 text-sm font-medium text-warn" role="status">
            {t('cart.price_changed')} <s><Money amount={before} currency={price.unit_price.currency} /></s>{' '}
            <Money amount={price.unit_price.amount} currency={price.unit_price.currency} />
          </p>
        )}
        <Problem line={line} />
        <div className="mt-3 flex items-center gap-2">
          <Quantity value={line.quantity} title={title} onChange={(quantity) => void setLineQuantity(line.id, quantity)} />
          <button
            type="button"
            aria-label={t('cart.remove', { title })}
            onClick={() => void takeOut(line)}
            className="grid size-11 place-items-center rounded-control text-muted hover:bg-sunken hover:text-ink"
          >
            <TrashIcon />
          </button>
        </div>
      </div>
    </li>
  )
}

function Problem({ line }: { line: CartLineView }) {
  const { t } = useI18n()
  if (!line.problem) return null
  const left = line.available ?? 0
  return (
    <p role="alert" className="mt-2 text-sm font-medium text-bad">
      {line.problem === 'not_for_sale' ? t('cart.not_for_sale') : left > 0 ? t('cart.only_left', { count: left }) : t('cart.none_left')}
      {line.problem === 'not_enough_stock' && left > 0 && (
        <button type="button" className="link ml-2" onClick={() => void setLineQuantity(line.id, left)}>{t('cart.take_left', { count: left })}</button>
      )}
    </p>
  )
}
