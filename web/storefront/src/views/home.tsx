'use client'

import { CategoryTiles, Hero, Products, Promises } from '@/components/home/sections'
import { Page } from '@/components/page'
import type { HomeDocument, HomeSection } from '@/lib/document'

export function Home() {
  return <Page<HomeDocument>>{(page) => page.sections.map((section, at) => <Section key={at} section={section} page={page} />)}</Page>
}

/** Which sections there are, and in which order, is data: server/home.json. */
function Section({ section, page }: { section: HomeSection; page: HomeDocument }) {
  switch (section.kind) {
    case 'hero': return <Hero section={section} products={page.sections.find((each) => each.products?.length)?.products ?? []} />
    case 'categories': return <CategoryTiles section={section} />
    case 'promise': return <Promises />
    default: return <Products section={section} />
  }
}
