import { Reset } from '@/views/reset'

export default function Route() {
  return <Reset />
}
