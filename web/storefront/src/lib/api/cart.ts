import { addCartCode, addCartLine, createCart, getCart, listShippingOptions, removeCartCode, removeCartLine, setCartDetails, setCartLineQuantity } from '@api/sdk.gen'
import { answer, newIntent } from './http'
import type { Address, CartView, ShippingOptionView } from './types'

const intent = () => ({ 'Idempotency-Key': newIntent() })

export function startCart(currency: string, variantId: string, quantity: number): Promise<CartView> {
  return answer(createCart({ body: { currency, lines: [{ variant_id: variantId, quantity }] }, headers: intent() }))
}

export function readCart(id: string): Promise<CartView> {
  return answer(getCart({ path: { id } }))
}

/** The cart of whoever has signed in; it is made when there is none. */
export function ownCart(): Promise<CartView> {
  return answer(createCart({ body: {}, headers: intent() }))
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

export interface Details {
  email?: string
  shipping_address?: Address
  shipping_method?: string
}

export function setDetails(id: string, details: Details): Promise<CartView> {
  return answer(setCartDetails({ path: { id }, body: details, headers: intent() }))
}

export async function readShippingOptions(id: string): Promise<ShippingOptionView[]> {
  return (await answer(listShippingOptions({ path: { id } }))).items
}

/** Lines of an earlier order, in one call. */
export function startCartWith(currency: string, lines: { variant_id: string; quantity: number }[]): Promise<CartView> {
  return answer(createCart({ body: { currency, lines }, headers: intent() }))
}

/** A promotion's code, onto the cart or off it. */
export function applyCode(id: string, code: string): Promise<CartView> {
  return answer(addCartCode({ path: { id, code }, headers: intent() }))
}

export function removeCode(id: string, code: string): Promise<CartView> {
  return answer(removeCartCode({ path: { id, code }, headers: intent() }))
}
