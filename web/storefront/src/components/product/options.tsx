'use client'

import type { Availability, ProductPage, Variant } from '@/lib/api/types'
import { useI18n } from '@/lib/i18n'
import { exactWith, isBuyable, statusOf, valuesOf, variantWith } from '@/lib/variants'

interface Props {
  product: ProductPage
  availability: Availability
  chosen: Variant
  onChoose: (variant: Variant) => void
}

/** One group of radio buttons for each option. What is sold out can be looked at, is struck through, and says so; what does not exist cannot be chosen. */
export function Options({ product, availability, chosen, onChoose }: Props) {
  const { t } = useI18n()
  return product.options.map((option, at) => (
    <fieldset key={option} className="mt-6">
      <legend className="text-sm font-semibold">{option}: <span className="font-normal text-muted">{chosen.option_values[at]}</span></legend>
      <div className="mt-2.5 flex flex-wrap gap-2">
        {valuesOf(product, at).map((value) => {
          const exact = exactWith(product, chosen, at, value)
          const target = exact ?? variantWith(product, chosen, at, value)
          const soldOut = exact !== undefined && !isBuyable(statusOf(availability, exact))
          return (
            <label key={value} className={`option ${soldOut ? 'option-out' : ''}`}>
              <input type="radio" name={`option-${at}`} value={value} checked={chosen.option_values[at] === value} disabled={!target} onChange={() => target && onChoose(target)} className="sr-only" />
              {value}
              {soldOut && <span className="sr-only"> ({t('product.sold_out')})</span>}
            </label>
          )
        })}
      </div>
    </fieldset>
  ))
}
