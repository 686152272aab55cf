import type { Locale } from './locales'
import type { Availability, Category, CategoryStep, Collection, Currency, ProductPage, ProductSummary, SearchAnswer } from './api/types'

/** What the gateway puts into every page as JSON (`<script id="souk-page">`). */
export interface PageDocument {
  kind: string
  locale: Locale
  locales: Locale[]
  /** ISO 4217: what prices are shown in. */
  currency: Currency
  currencies: Currency[]
  shop: { name: string; url: string }
  /** Without the locale's prefix and without the query. */
  path: string
  alternates: Partial<Record<Locale, string>>
  /** The first row of the category tree, for the navigation. */
  categories: CategoryStep[]
  dev: boolean
}

export interface HomeSection {
  kind: 'hero' | 'collection' | 'categories' | 'newest' | 'promise'
  /** A key of the texts, or the words themselves. */
  title?: string
  text?: string
  /** An address of this shop. */
  link?: string
  /** What the link says. */
  label?: string
  slug?: string
  products?: ProductSummary[]
}

export interface HomeDocument extends PageDocument {
  sections: HomeSection[]
}

/** The address's parameters; several values where one is repeated. */
export type PageQuery = Record<string, string | string[]>

export interface ListDocument extends PageDocument {
  category?: Category
  collection?: Collection
  ancestors?: CategoryStep[]
  children?: Category[]
  products: ProductSummary[]
  next_cursor?: string | null
  facets?: SearchAnswer['facets']
  /** All that fit, where the shop counts them. */
  total?: number
  query: PageQuery
}

export interface ProductDocument extends PageDocument {
  product: ProductPage
  availability: Availability
  ancestors: CategoryStep[]
  related: ProductSummary[]
}

export interface SearchDocument extends PageDocument {
  search: SearchAnswer
  query: PageQuery
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
