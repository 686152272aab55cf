'use client'

import { useEffect, useState } from 'react'
import { suggest } from '@/lib/api/catalog'
import type { Currency, ProductSummary } from '@/lib/api/types'

const PAUSE_MS = 120
const LETTERS_MIN = 2
const NOTHING = { products: [] as ProductSummary[], known: false }

/** Products for what is typed, once the typing pauses. An older question is given up when a newer one is asked. */
export function useSuggestions(typed: string, currency: Currency) {
  const [found, setFound] = useState(NOTHING)
  const q = typed.trim()
  useEffect(() => {
    if (q.length < LETTERS_MIN) return setFound(NOTHING)
    const asked = new AbortController()
    const timer = setTimeout(() => {
      suggest(q, currency, asked.signal).then(
        (answer) => !asked.signal.aborted && setFound({ products: answer.items, known: true }),
        // Suggestions are a help; whoever presses Enter gets the page, and the page says what is wrong.
        () => !asked.signal.aborted && setFound(NOTHING),
      )
    }, PAUSE_MS)
    return () => {
      clearTimeout(timer)
      asked.abort()
    }
  }, [q, currency])
  return found
}
