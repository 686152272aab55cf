import type { Locale } from './locales'
import type { Availability, Category, CategoryStep, Collection, ProductPage, ProductSummary, SearchAnswer } from './api/types'

/** What the gateway puts into every page as JSON (`<script id="souk-page">`). */
export interface PageDocument {
  kind: string
  locale: Locale
  locales: Locale[]
  /** ISO 4217: what prices are shown in. */
  currency: string
  currencies: string[]
  shop: { name: string; url: string }
  /** Without the locale's prefix and without the query. */
  path: string
  alternates: Partial<Record<Locale, string>>
  /** The first row of the category tree, for the navigation. */
  categories: CategoryStep[]
  payment: { provider: string; publishable_key?: string }
  dev: boolean
}

export interface HomeSection {
  kind: 'hero' | 'collection' | 'categories' | 'newest' | 'promise'
  title?: string
  text?: string
  link?: string
  slug?: string
  products?: ProductSummary[]
}

export interface HomeDocument extends PageDocument {
  sections: HomeSection[]
}

export interface ListDocument extends PageDocument {
  category?: Category
  collection?: Collection
  ancestors?: CategoryStep[]
  children?: Category[]
  products: ProductSummary[]
  next_cursor?: string | null
  facets?: SearchAnswer['facets']
  query: Record<string, string>
}

export interface ProductDocument extends PageDocument {
  product: ProductPage
  availability: Availability
  ancestors: CategoryStep[]
  related: ProductSummary[]
}

export interface SearchDocument extends PageDocument {
  search: SearchAnswer
  query: Record<string, string>
}

export interface OrderDocument extends PageDocument {
  number: string
}

export interface AccountDocument extends PageDocument {
  section: 'overview' | 'orders' | 'addresses' | 'security' | 'wishlist'
}

export interface ContentDocument extends PageDocument {
  page: { title: string; description: string; html: string }
}

/** The document of this page; `null` where nobody filled it (a template opened as a file). */
export function readDocument<D extends PageDocument>(): D | null {
  const text = document.getElementById('souk-page')?.textContent
  return text ? (JSON.parse(text) as D) : null
}

/** Asks the gateway for the document of this address. */
export async function fetchDocument<D extends PageDocument>(): Promise<D> {
  const path = encodeURIComponent(location.pathname + location.search)
  const answered = await fetch(`/storefront/document.json?path=${path}`)
  return (await answered.json()) as D
}
