import { Home } from '@/views/home'

export default function Route() {
  return <Home />
}
