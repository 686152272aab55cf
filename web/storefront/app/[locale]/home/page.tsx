import { Served, type RouteProps } from '@/components/served'
import { Home } from '@/views/home'

export default function Route(props: RouteProps) {
  return <Served {...props} address="/"><Home /></Served>
}
