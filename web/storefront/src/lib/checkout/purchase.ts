import { cancelMyOrder, placeOrder, readOrder } from '../api/orders'
import { newIntent, type ShopError } from '../api/http'
import { readCart } from '../api/cart'
import type { CheckoutRequest, OrderView } from '../api/types'
import { asShopError } from '../errors'
import { browserKeep, tabKeep } from '../keep'

/**
 * One intent to pay has one key, kept over retries, double clicks and reloads, so that it is one purchase whatever happens on
 * the way. It ends with an answer that decides: an order, or a refusal after which nothing was taken.
 */
export interface Intent {
  cart: string
  key: string
  body: CheckoutRequest
}

const INTENT = 'souk.intent'
const BOUGHT = 'souk.bought'
const PROOFS = 'souk.orders'
const PROOFS_MAX = 10
/** Pauses between the questions while nobody knows what came of a payment. */
const PAUSES_MS = [1000, 1500, 2000, 3000, 5000, 8000, 8000, 10_000, 10_000, 15_000, 15_000, 20_000]

export interface Proof {
  order: string
  number: string
  cart: string
}

export function pendingIntent(): Intent | null {
  return tabKeep.get<Intent>(INTENT)
}

/** The intent for exactly this purchase: the one that is under way, or a new one. */
export function intentFor(cart: string, body: CheckoutRequest): Intent {
  const kept = pendingIntent()
  if (kept && kept.cart === cart && JSON.stringify(kept.body) === JSON.stringify(body)) return kept
  const made = { cart, key: newIntent(), body }
  tabKeep.set(INTENT, made)
  return made
}

export function dropIntent() {
  tabKeep.set(INTENT, null)
}

/** Asks until somebody knows. `onUnsure` is told before each pause; throws what was refused, or the last doubt. */
export async function purchase(intent: Intent, onUnsure: (error: ShopError) => void, stop: AbortSignal): Promise<OrderView> {
  for (const pause of [...PAUSES_MS, null]) {
    try {
      const order = await placeOrder(intent.cart, intent.key, intent.body)
      remember({ order: order.id, number: order.number, cart: intent.cart })
      dropIntent()
      return order
    } catch (failed) {
      const error = asShopError(failed)
      if (!error.unsure) {
        dropIntent()
        throw error
      }
      if (pause === null || stop.aborted) throw error
      onUnsure(error)
      await wait(Math.max(pause, (error.retryAfterSeconds ?? 0) * 1000), stop)
    }
  }
  throw new Error('the pauses end with null')
}

/** A pause that ends early when the network is back. */
function wait(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      window.removeEventListener('online', done)
      stop.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    window.addEventListener('online', done)
    stop.addEventListener('abort', done)
  })
}

function remember(proof: Proof) {
  const others = (tabKeep.get<Proof[]>(PROOFS) ?? []).filter((each) => each.order !== proof.order)
  tabKeep.set(PROOFS, [proof, ...others].slice(0, PROOFS_MAX))
  browserKeep.set(BOUGHT, { cart: proof.cart, order: proof.order, number: proof.number })
}

/** What this tab has bought: enough to look at it without saying who one is. */
export function proofOf(find: (proof: Proof) => boolean): Proof | undefined {
  return tabKeep.get<Proof[]>(PROOFS)?.find(find)
}

export function latestProof(): Proof | undefined {
  return tabKeep.get<Proof[]>(PROOFS)?.[0]
}

/** What another tab of this browser made of a cart. */
export function boughtElsewhere(cart: string): Proof | null {
  const bought = browserKeep.get<Proof>(BOUGHT)
  return bought?.cart === cart ? bought : null
}

/** The cart became an order somewhere; this tab may look at it, since it knows the cart. */
export async function orderOfCart(cart: string): Promise<Proof | null> {
  const { order_id } = await readCart(cart)
  if (!order_id) return null
  const order = await readOrder(order_id, cart)
  const proof = { order: order.id, number: order.number, cart }
  remember(proof)
  return proof
}

export async function giveUp(proof: Proof): Promise<void> {
  await cancelMyOrder(proof.order, proof.cart)
}
