import { Order } from '@/views/order'

export default function Route() {
  return <Order />
}
