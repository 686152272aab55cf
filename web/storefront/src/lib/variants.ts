import type { Availability, AvailabilityStatus, Money, ProductPage, Variant } from './api/types'

export function statusOf(availability: Availability, variant: Variant): AvailabilityStatus {
  return availability.variants.find((each) => each.variant_id === variant.id)?.status ?? 'sold_out'
}

export function leftOf(availability: Availability, variant: Variant): number | null {
  return availability.variants.find((each) => each.variant_id === variant.id)?.left ?? null
}

export function isBuyable(status: AvailabilityStatus): boolean {
  return status !== 'sold_out'
}

export function priceIn(variant: Variant, currency: string): Money | undefined {
  return variant.prices.find((price) => price.currency === currency)
}

/** The variant that the address names, else the first that can be bought, else the first. */
export function startingVariant(product: ProductPage, availability: Availability, sku: string | null): Variant | undefined {
  return (
    product.variants.find((variant) => variant.sku === sku) ??
    product.variants.find((variant) => isBuyable(statusOf(availability, variant))) ??
    product.variants[0]
  )
}

/** The values of an option in the order in which variants bring them. */
export function valuesOf(product: ProductPage, option: number): string[] {
  const values = product.variants.map((variant) => variant.option_values[option] ?? '')
  return [...new Set(values)]
}

/** The variant with this value of the option and, as far as there is one, the other values as they are chosen. */
export function variantWith(product: ProductPage, chosen: Variant, option: number, value: string): Variant | undefined {
  const fitting = product.variants.filter((variant) => variant.option_values[option] === value)
  const kept = (variant: Variant) => variant.option_values.filter((each, at) => at !== option && each === chosen.option_values[at]).length
  return fitting.toSorted((a, b) => kept(b) - kept(a))[0]
}

/** Whether exactly this combination exists, with the other options as they are chosen. */
export function exactWith(product: ProductPage, chosen: Variant, option: number, value: string): Variant | undefined {
  return product.variants.find((variant) => variant.option_values.every((each, at) => each === (at === option ? value : chosen.option_values[at])))
}
