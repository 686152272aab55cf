import { call } from './http'

/** A way to pay: whose form makes the token, and what the buyer is told. */
export interface PaymentWay {
  provider: string
  kind: 'sandbox' | 'stripe' | 'manual'
  publishable_key?: string
  methods?: { token: string; title: string; instructions: string }[]
}

export async function readPaymentWays(): Promise<PaymentWay[]> {
  return (await call<{ items: PaymentWay[] }>('GET', '/v1/payments/methods')).items
}
