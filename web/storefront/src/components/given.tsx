'use client'

import { createContext, useContext, type ReactNode } from 'react'
import type { PageDocument } from '@/lib/document'

const GivenContext = createContext<{ document: PageDocument | null; search: string }>({ document: null, search: '' })

/** What a page on Node knows before the browser does: its document, and what stands behind the `?` of its address. */
export function Given({ document, search, children }: { document: PageDocument; search: string; children: ReactNode }) {
  return <GivenContext value={{ document, search }}>{children}</GivenContext>
}

export function useGivenDocument<D extends PageDocument>(): D | null {
  return useContext(GivenContext).document as D | null
}

/** What stands behind the `?` of this page's address. */
export function useSearch(): string {
  const { search } = useContext(GivenContext)
  return typeof location === 'undefined' ? search : location.search
}
