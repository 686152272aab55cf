import { Search } from '@/views/search'

export default function Route() {
  return <Search />
}
