import { Offline } from '@/views/told'

export default function Route() {
  return <Offline />
}
