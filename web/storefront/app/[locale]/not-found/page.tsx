import { NotFound } from '@/views/told'

export default function Route() {
  return <NotFound />
}
