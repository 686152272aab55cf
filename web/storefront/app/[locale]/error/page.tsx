import { Failed } from '@/views/told'

export default function Route() {
  return <Failed />
}
