import { Served, type RouteProps } from '@/components/served'
import { Search } from '@/views/search'

export default function Route(props: RouteProps) {
  return <Served {...props} address="/search"><Search /></Served>
}
