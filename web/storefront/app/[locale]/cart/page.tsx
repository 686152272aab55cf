import { Cart } from '@/views/cart'

export default function Route() {
  return <Cart />
}
