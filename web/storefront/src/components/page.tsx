'use client'

import { createContext, useContext, useEffect, useLayoutEffect, useState, type ReactNode } from 'react'
import { fetchDocument, readDocument, type PageDocument } from '@/lib/document'
import { CarryCurrency } from '@/lib/i18n'
import { useGivenDocument } from './given'
import { Head } from './head'
import { Shell } from './shell'

const DocumentContext = createContext<PageDocument | null>(null)

/** The document of the page that is shown. */
export function usePage<D extends PageDocument = PageDocument>(): D {
  const page = useContext(DocumentContext)
  if (!page) throw new Error('usePage stands outside of <Page>')
  return page as D
}

/**
 * A page of the shop. What the gateway rendered stands there until React has read the page's data; then the live page takes
 * its place in the same frame. Both have the same structure, so nothing moves.
 */
export function Page<D extends PageDocument>({ children }: { children: (page: D) => ReactNode }) {
  const given = useGivenDocument<D>()
  const [page, setPage] = useState<D | null>(given)
  const [onNode, setOnNode] = useState(given !== null)
  useLayoutEffect(() => {
    if (given) return
    const restore = keepTyped()
    const written = readDocument<D>()
    if (!written) return
    setPage(written)
    requestAnimationFrame(restore)
  }, [given])
  useEffect(() => {
    // Pages that belong to a visitor are not filled on Node either: they ask for their document.
    if (given || readDocument()) return
    setOnNode(true)
    void fetchDocument<D>().then(setPage)
  }, [given])
  if (!page) return <div id="souk-body" suppressHydrationWarning dangerouslySetInnerHTML={{ __html: '' }} />
  return (
    <DocumentContext value={page}>
      <CarryCurrency currency={page.currency === page.currencies[0] ? undefined : page.currency}>
        {onNode && <Head page={page} />}
        <Shell>{children(page)}</Shell>
      </CarryCurrency>
    </DocumentContext>
  )
}

/** Who was quicker than the script keeps the focus and what was typed. */
function keepTyped(): () => void {
  const active = document.activeElement
  const id = active instanceof HTMLElement ? active.id : ''
  const typed = active instanceof HTMLInputElement ? active.value : null
  return () => {
    const field = id ? document.getElementById(id) : null
    if (!field) return
    field.focus({ preventScroll: true })
    if (field instanceof HTMLInputElement && typed !== null && field.value !== typed) {
      const write = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set
      write?.call(field, typed)
      field.dispatchEvent(new Event('input', { bubbles: true }))
    }
  }
}
