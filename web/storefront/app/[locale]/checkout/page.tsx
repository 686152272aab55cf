import { Checkout } from '@/views/checkout'

export default function Route() {
  return <Checkout />
}
