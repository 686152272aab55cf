'use client'

import { createContext, useContext, useMemo, type ReactNode } from 'react'
import { localized, type Locale } from './locales'
import type { Messages } from './messages'

interface Words {
  locale: Locale
  messages: Messages
}

const WordsContext = createContext<Words>({ locale: 'en', messages: {} })

export function I18n({ locale, messages, children }: Words & { children: ReactNode }) {
  const words = useMemo(() => ({ locale, messages }), [locale, messages])
  return <WordsContext value={words}>{children}</WordsContext>
}

export type Translate = (key: string, values?: Record<string, string | number>) => string

/** Texts and addresses in the page's language. A key that is missing shows itself; `npm run check` finds it before. */
export function useI18n() {
  const { locale, messages } = useContext(WordsContext)
  return useMemo(() => {
    const t: Translate = (key, values) =>
      (messages[key] ?? key).replace(/\{(\w+)\}/g, (hole, name: string) => String(values?.[name] ?? hole))
    const href = (path: string) => localized(locale, path)
    return { locale, t, href }
  }, [locale, messages])
}
