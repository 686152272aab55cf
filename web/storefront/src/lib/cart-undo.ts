'use client'

import { useSyncExternalStore } from 'react'
import type { CartLineView } from './api/types'
import { addToCart, removeFromCart } from './cart'

/** What was just taken out can be put back for a while. */
const UNDO_MS = 12_000
interface Removed {
  variantId: string
  quantity: number
  title: string
}

let removed: Removed | null = null
let timer: ReturnType<typeof setTimeout> | undefined
const listeners = new Set<() => void>()

function set(next: Removed | null) {
  removed = next
  for (const listener of listeners) listener()
  clearTimeout(timer)
  if (next) timer = setTimeout(() => set(null), UNDO_MS)
}

export async function takeOut(line: CartLineView): Promise<void> {
  const taken = { variantId: line.variant_id, quantity: line.quantity, title: line.title ?? '' }
  if (await removeFromCart(line.id)) set(line.problem === 'not_for_sale' ? null : taken)
}

export async function putBack(currency: string): Promise<void> {
  const back = removed
  set(null)
  if (back) await addToCart(back.variantId, back.quantity, currency)
}

export function useRemoved(): Removed | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => removed,
    () => null,
  )
}
