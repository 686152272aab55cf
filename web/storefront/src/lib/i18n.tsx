'use client'

import { createContext, useContext, useMemo, type ReactNode } from 'react'
import { localized, type Locale } from './locales'
import type { Messages } from './messages'

interface Words {
  locale: Locale
  messages: Messages
  /** The currency that addresses carry on; none while prices are in the shop's own. */
  currency?: string
}

const WordsContext = createContext<Words>({ locale: 'en', messages: {} })

export function I18n({ locale, messages, children }: Words & { children: ReactNode }) {
  const words = useMemo(() => ({ locale, messages }), [locale, messages])
  return <WordsContext value={words}>{children}</WordsContext>
}

/**
 * The currency is chosen by `?currency=` and nothing else: every link carries it on. So a page is the same for everyone
 * who asks for its address, and caches need to know nothing of who asks.
 */
export function CarryCurrency({ currency, children }: { currency: string | undefined; children: ReactNode }) {
  const words = useContext(WordsContext)
  const carried = useMemo(() => ({ ...words, currency }), [words, currency])
  return <WordsContext value={carried}>{children}</WordsContext>
}

export type Translate = (key: string, values?: Record<string, string | number>) => string

/** Texts and addresses in the page's language. A key that is missing shows itself; `npm run check` finds it before. */
export function useI18n() {
  const { locale, messages, currency } = useContext(WordsContext)
  return useMemo(() => {
    const t: Translate = (key, values) =>
      (messages[key] ?? key).replace(/\{(\w+)\}/g, (hole, name: string) => String(values?.[name] ?? hole))
    const href = (path: string) => withCurrency(localized(locale, path), currency)
    return { locale, t, href, carriedCurrency: currency }
  }, [locale, messages, currency])
}

function withCurrency(address: string, currency: string | undefined): string {
  if (!currency) return address
  return `${address}${address.includes('?') ? '&' : '?'}currency=${currency}`
}
