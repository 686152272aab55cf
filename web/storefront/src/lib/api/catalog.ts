import { getProduct, getProductAvailability, searchProducts } from '@api/sdk.gen'
import { answer } from './http'
import type { Availability, Currency, ProductPage, SearchAnswer } from './types'

const SUGGESTIONS_MAX = 6

/** What is shown below the search field while somebody types. */
export function suggest(q: string, currency: Currency, signal: AbortSignal): Promise<SearchAnswer> {
  return answer(searchProducts({ query: { q, currency, limit: SUGGESTIONS_MAX, prefix: true }, signal }))
}

export function readProduct(slug: string): Promise<ProductPage> {
  return answer(getProduct({ path: { id_or_slug: slug } }))
}

/** Stock as it is now; a page may have been cached. */
export function readAvailability(slug: string): Promise<Availability> {
  return answer(getProductAvailability({ path: { id_or_slug: slug } }))
}
