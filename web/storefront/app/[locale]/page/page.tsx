import { Content } from '@/views/content'

export default function Route() {
  return <Content />
}
