import { notFound } from 'next/navigation'
import type { ReactNode } from 'react'
import type { PageDocument } from '@/lib/document'
import { isLocale, localized } from '@/lib/locales'
import { Given } from './given'

type Query = Record<string, string | string[] | undefined>

export interface RouteProps {
  params: Promise<{ locale: string }>
  searchParams: Promise<Query>
}

/**
 * On Node, what a page shows is asked of the shop before the page is rendered. In the static export nothing is asked, and nothing of
 * the request is looked at: there the gateway fills the page. `address` is the one of `addresses.mjs`, such as `/products/:slug`.
 */
export async function Served({ params, searchParams, address, children }: RouteProps & { address: string; children: ReactNode }) {
  if (process.env.SOUK_NODE !== '1') return children
  const { locale } = await params
  if (!isLocale(locale)) notFound()
  const { path, search } = addressed(address, await searchParams)
  const asked = encodeURIComponent(localized(locale, path) + search)
  const shop = process.env.SOUK_URL ?? 'http://127.0.0.1:8080'
  const answered = await fetch(`${shop}/storefront/document.json?path=${asked}`, { cache: 'no-store' })
  if (answered.status === 404) notFound()
  if (!answered.ok) throw new Error(`the shop answers ${answered.status}`)
  return <Given document={(await answered.json()) as PageDocument} search={search}>{children}</Given>
}

/** Next hands over the parts of a rewritten address among the parameters behind its `?`. */
function addressed(address: string, query: Query): { path: string; search: string } {
  const rest = { ...query }
  const path = address.replace(/:(\w+)\+?/g, (_, name: string) => {
    const value = rest[name]
    delete rest[name]
    return [value ?? ''].flat().map(encodeURIComponent).join('/')
  })
  const pairs = Object.entries(rest).flatMap(([name, value]) => [value ?? []].flat().map((each) => [name, each] as [string, string]))
  const search = new URLSearchParams(pairs).toString()
  return { path, search: search && `?${search}` }
}
