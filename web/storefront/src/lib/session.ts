'use client'

import { useEffect, useSyncExternalStore } from 'react'
import * as api from './api/account'
import { asShopError } from './errors'
import { ownCart, readCart } from './api/cart'
import type { Me } from './api/types'
import { adoptCart, rememberedCartId } from './cart'
import { browserKeep } from './keep'

/** Who has signed in here. The cookie is out of reach of scripts; a mark says that asking is worth it. */
interface Session {
  me: Me | null
  /** False until the shop has been asked. */
  known: boolean
}

const KEY = 'souk.signed-in'
const INITIAL: Session = { me: null, known: false }
let state = INITIAL
let asked: Promise<void> | null = null
const listeners = new Set<() => void>()

function set(next: Session) {
  state = next
  browserKeep.set(KEY, next.me ? true : null)
  for (const listener of listeners) listener()
}

export function maySignedIn(): boolean {
  return browserKeep.get<boolean>(KEY) === true
}

async function ask() {
  if (!maySignedIn()) return set({ me: null, known: true })
  try {
    set({ me: await api.readMe(), known: true })
  } catch (error) {
    if (asShopError(error).status === 401) return set({ me: null, known: true })
    // Nobody answered: who they are is not forgotten for that.
    state = { me: null, known: true }
    for (const listener of listeners) listener()
  }
}

export function adoptMe(me: Me) {
  set({ me, known: true })
}

/** Signs in; what was in the guest's cart is in the account's cart afterwards. */
export async function signIn(email: string, password: string): Promise<void> {
  const { me, cart } = await api.signIn(email, password, rememberedCartId())
  set({ me, known: true })
  try {
    adoptCart(await (cart ? readCart(cart) : ownCart()))
  } catch {
    // Nothing is in it yet; a guest's cart that could not be taken over stays as it is.
  }
}

export async function signOut(everywhere: boolean): Promise<void> {
  try {
    await api.signOut(everywhere)
  } catch (error) {
    if (asShopError(error).status !== 401) throw error
  }
  set({ me: null, known: true })
  adoptCart(null)
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

export function useSession(): Session {
  const session = useSyncExternalStore(subscribe, () => state, () => INITIAL)
  useEffect(() => {
    asked ??= ask()
  }, [])
  return session
}
