import { Login } from '@/views/login'

export default function Route() {
  return <Login />
}
