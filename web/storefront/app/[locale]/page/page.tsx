import { Served, type RouteProps } from '@/components/served'
import { Content } from '@/views/content'

export default function Route(props: RouteProps) {
  return <Served {...props} address="/pages/:slug"><Content /></Served>
}
