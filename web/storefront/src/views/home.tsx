'use client'

import { Page } from '@/components/page'
import { ProductCard } from '@/components/product-card'
import type { HomeDocument, HomeSection } from '@/lib/document'
import { useI18n } from '@/lib/i18n'

export function Home() {
  return <Page<HomeDocument>>{(page) => page.sections.map((section, at) => <Section key={at} section={section} first={at === 0} />)}</Page>
}

function Section({ section, first }: { section: HomeSection; first: boolean }) {
  const { href } = useI18n()
  if (section.kind === 'hero') {
    return (
      <section className="bg-sunken">
        <div className="wrap py-16 sm:py-24">
          <h1 className="max-w-2xl text-4xl font-bold tracking-tight sm:text-6xl">{section.title}</h1>
          <p className="mt-4 max-w-xl text-lg text-muted">{section.text}</p>
          <a href={href(section.link ?? '/products')} className="btn-primary mt-8">{section.link}</a>
        </div>
      </section>
    )
  }
  return (
    <section className="wrap mt-14">
      <h2 className="text-2xl font-bold tracking-tight">{section.title}</h2>
      <ul className="mt-6 grid grid-cols-2 gap-x-4 gap-y-8 sm:grid-cols-3 lg:grid-cols-4">
        {section.products?.map((product) => <li key={product.id}><ProductCard product={product} eager={first} /></li>)}
      </ul>
    </section>
  )
}
