import { Account } from '@/views/account'

export default function Route() {
  return <Account />
}
