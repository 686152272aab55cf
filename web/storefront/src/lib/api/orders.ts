import { cancelOrder, checkout, getOrder, listMyOrders, lookUpOrder } from '@api/sdk.gen'
import { answer, newIntent } from './http'
import type { CheckoutRequest, OrderDetail, OrderSummary, OrderView } from './types'

/** Buys a cart. The same key again is the same purchase, however often it is sent. */
export function placeOrder(cartId: string, key: string, body: CheckoutRequest): Promise<OrderView> {
  return answer(checkout({ path: { id: cartId }, body, headers: { 'Idempotency-Key': key } }))
}

/** An order of whoever has signed in, or of the guest who knows the cart that it came from. */
export function readOrder(id: string, cart?: string): Promise<OrderDetail> {
  return answer(getOrder({ path: { id }, query: cart ? { cart } : {} }))
}

export function findOrder(number: string, email: string): Promise<OrderDetail> {
  return answer(lookUpOrder({ body: { number, email } }))
}

export function cancelMyOrder(id: string, cart?: string): Promise<OrderDetail> {
  return answer(cancelOrder({ path: { id }, query: cart ? { cart } : {}, headers: { 'Idempotency-Key': newIntent() } }))
}

export interface OrdersPage {
  items: OrderSummary[]
  next_cursor?: string | null
}

export function listOrders(limit: number, cursor?: string): Promise<OrdersPage> {
  return answer(listMyOrders({ query: { limit, cursor } }))
}
