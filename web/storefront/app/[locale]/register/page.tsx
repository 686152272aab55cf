import { Register } from '@/views/register'

export default function Route() {
  return <Register />
}
