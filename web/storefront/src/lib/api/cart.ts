import { addCartLine, createCart, getCart, getMyCart, removeCartLine, setCartLineQuantity } from '@api/sdk.gen'
import { answer, newIntent } from './http'
import type { CartView } from './types'

const intent = () => ({ 'Idempotency-Key': newIntent() })

export function startCart(currency: string, variantId: string, quantity: number): Promise<CartView> {
  return answer(createCart({ body: { currency, lines: [{ variant_id: variantId, quantity }] }, headers: intent() }))
}

export function readCart(id: string): Promise<CartView> {
  return answer(getCart({ path: { id } }))
}

/** The cart of whoever has signed in. */
export function readMyCart(): Promise<CartView> {
  return answer(getMyCart())
}

export function addLine(id: string, variantId: string, quantity: number): Promise<CartView> {
  return answer(addCartLine({ path: { id }, body: { variant_id: variantId, quantity }, headers: intent() }))
}

export function setQuantity(id: string, lineId: string, quantity: number, version: number): Promise<CartView> {
  return answer(setCartLineQuantity({ path: { id, line_id: lineId }, body: { quantity, version }, headers: intent() }))
}

export function removeLine(id: string, lineId: string): Promise<CartView> {
  return answer(removeCartLine({ path: { id, line_id: lineId }, headers: intent() }))
}
