import { listPaymentMethods } from '@api/sdk.gen'
import { answer } from './http'
import type { PaymentWay } from './types'

/** Whose forms make the token that pays, and what the buyer is told. */
export async function readPaymentWays(): Promise<PaymentWay[]> {
  return (await answer(listPaymentMethods())).items
}
