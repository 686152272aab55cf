import { Served, type RouteProps } from '@/components/served'
import { Product } from '@/views/product'

export default function Route(props: RouteProps) {
  return <Served {...props} address="/products/:slug"><Product /></Served>
}
