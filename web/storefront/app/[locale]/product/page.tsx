import { Product } from '@/views/product'

export default function Route() {
  return <Product />
}
