import { Served, type RouteProps } from '@/components/served'
import { List } from '@/views/list'

export default function Route(props: RouteProps) {
  return <Served {...props} address="/products"><List /></Served>
}
