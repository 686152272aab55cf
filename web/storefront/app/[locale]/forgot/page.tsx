import { Forgot } from '@/views/forgot'

export default function Route() {
  return <Forgot />
}
