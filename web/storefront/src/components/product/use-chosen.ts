'use client'

import { useEffect, useState } from 'react'
import { useSearch } from '@/components/given'
import { readAvailability } from '@/lib/api/catalog'
import type { Availability, ProductPage, Variant } from '@/lib/api/types'
import { startingVariant } from '@/lib/variants'

/** Stock as it is now. The document's may come from a cache, so it is only the beginning. */
export function useAvailability(slug: string, written: Availability): Availability {
  const [availability, setAvailability] = useState(written)
  useEffect(() => {
    const ask = () => void readAvailability(slug).then(setAvailability, () => undefined)
    const onPageShow = (event: PageTransitionEvent) => event.persisted && ask()
    ask()
    window.addEventListener('pageshow', onPageShow)
    return () => window.removeEventListener('pageshow', onPageShow)
  }, [slug])
  return availability
}

/** Which variant is looked at. Its SKU stands in the address, so that a link leads to the same. */
export function useChosenVariant(product: ProductPage, written: Availability) {
  const search = useSearch()
  const [variant, setVariant] = useState<Variant | undefined>(() => startingVariant(product, written, new URLSearchParams(search).get('variant')))
  function choose(next: Variant) {
    setVariant(next)
    const address = new URL(location.href)
    address.searchParams.set('variant', next.sku)
    history.replaceState(history.state, '', address)
  }
  return { variant, choose }
}
