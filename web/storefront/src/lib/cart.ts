'use client'

import { useSyncExternalStore } from 'react'
import * as api from './api/cart'
import { ShopError } from './api/http'
import type { CartView } from './api/types'
import { browserKeep } from './keep'

/** The cart of this browser, the same in all of its tabs. The shop keeps it; here are its id and the last answer. */
export interface CartStore {
  cart: CartView | null
  /** False until the shop has been asked once. */
  known: boolean
  /** A change is on its way. */
  busy: boolean
  error: ShopError | null
  /** The cart drawer is open. */
  open: boolean
}

const KEY = 'souk.cart'
const INITIAL: CartStore = { cart: null, known: false, busy: false, error: null, open: false }
let state = INITIAL
const listeners = new Set<() => void>()
let queue: Promise<unknown> = Promise.resolve()

function set(change: Partial<CartStore>) {
  state = { ...state, ...change }
  for (const listener of listeners) listener()
}

function remember(cart: CartView | null) {
  try {
    if (cart) localStorage.setItem(KEY, cart.id)
    else localStorage.removeItem(KEY)
  } catch {
    // Without storage the cart lasts as long as the page.
  }
  set({ cart, known: true })
}

export function rememberedCartId(): string | null {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}

/** Changes go one after another, so that two clicks are two changes and neither is lost. */
function change(run: (cart: CartView | null) => Promise<CartView | null>): Promise<boolean> {
  const turn = queue.then(async () => {
    set({ busy: true, error: null })
    try {
      remember(await run(state.cart))
      return true
    } catch (error) {
      set({ error: error instanceof ShopError ? error : new ShopError('internal', null, 0, null) })
      await refreshQuietly()
      return false
    } finally {
      set({ busy: false })
    }
  })
  queue = turn
  return turn
}

async function refreshQuietly() {
  const id = state.cart?.id ?? rememberedCartId()
  // Whoever has signed in has a cart, on every device; a guest has one once something is in it.
  const owned = !id && browserKeep.get('souk.signed-in') === true
  if (!id && !owned) return set({ known: true })
  try {
    const cart = id ? await api.readCart(id) : await api.ownCart()
    remember(cart.state === 'spent' ? null : cart)
  } catch (error) {
    if (error instanceof ShopError && error.status === 404) remember(null)
    else set({ known: true })
  }
}

/** Asks the shop anew: at the first use, when another tab changed it, when the page comes back. */
export function refreshCart(): Promise<void> {
  const turn = queue.then(refreshQuietly)
  queue = turn
  return turn
}

export function addToCart(variantId: string, quantity: number, currency: string): Promise<boolean> {
  return change(async (cart) => {
    if (!cart) return api.startCart(currency, variantId, quantity)
    try {
      return await api.addLine(cart.id, variantId, quantity)
    } catch (error) {
      // It became an order in another tab: the next thing begins a new cart.
      if (error instanceof ShopError && (error.code === 'cart_spent' || error.status === 404)) {
        return api.startCart(currency, variantId, quantity)
      }
      throw error
    }
  })
}

export function setLineQuantity(lineId: string, quantity: number): Promise<boolean> {
  const line = state.cart?.lines.find((line) => line.id === lineId)
  if (line && state.cart) {
    // Seen at once; what the shop answers is what stays.
    set({ cart: { ...state.cart, lines: state.cart.lines.map((l) => (l.id === lineId ? { ...l, quantity } : l)) } })
  }
  return change(async (cart) => (cart ? api.setQuantity(cart.id, lineId, quantity, cart.version) : null))
}

export function removeFromCart(lineId: string): Promise<boolean> {
  return change(async (cart) => (cart ? api.removeLine(cart.id, lineId) : null))
}

/** Takes over what another call answered, such as the checkout's steps; `null` once it has become an order. */
export function adoptCart(cart: CartView | null) {
  remember(cart)
}

export function openCart(open: boolean) {
  set({ open })
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    void refreshCart()
    window.addEventListener('storage', onStorage)
    window.addEventListener('pageshow', onPageShow)
  }
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    window.removeEventListener('storage', onStorage)
    window.removeEventListener('pageshow', onPageShow)
  }
}

function onStorage(event: StorageEvent) {
  if (event.key === KEY) {
    state = { ...state, cart: null }
    void refreshCart()
  }
}

/** Back from another page, out of the browser's memory: the cart may have moved on. */
function onPageShow(event: PageTransitionEvent) {
  if (event.persisted) void refreshCart()
}

export function useCart(): CartStore & { count: number } {
  const store = useSyncExternalStore(subscribe, () => state, () => INITIAL)
  const count = store.cart?.lines.reduce((sum, line) => sum + line.quantity, 0) ?? 0
  return { ...store, count }
}
