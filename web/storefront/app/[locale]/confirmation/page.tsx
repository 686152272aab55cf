import { Confirmation } from '@/views/confirmation'

export default function Route() {
  return <Confirmation />
}
