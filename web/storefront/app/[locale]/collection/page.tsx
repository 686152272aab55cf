import { List } from '@/views/list'

export default function Route() {
  return <List />
}
