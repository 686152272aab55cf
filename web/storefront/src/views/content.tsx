'use client'

import { Page } from '@/components/page'
import type { ContentDocument } from '@/lib/document'

/** A page that the shop has written: Markdown, made into HTML when the storefront was built. */
export function Content() {
  return (
    <Page<ContentDocument>>
      {({ page }) => (
        <article className="wrap max-w-3xl py-12">
          <h1 className="text-3xl font-extrabold tracking-tight sm:text-4xl">{page.title}</h1>
          <div className="prose mt-6" dangerouslySetInnerHTML={{ __html: page.html }} />
        </article>
      )}
    </Page>
  )
}
