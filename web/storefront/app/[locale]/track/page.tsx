import { Track } from '@/views/track'

export default function Route() {
  return <Track />
}
