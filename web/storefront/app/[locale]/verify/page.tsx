import { Verify } from '@/views/verify'

export default function Route() {
  return <Verify />
}
