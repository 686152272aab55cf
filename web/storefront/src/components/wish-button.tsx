'use client'

import { useI18n } from '@/lib/i18n'
import { toggleWish, useWishlist } from '@/lib/wishlist'
import { HeartIcon } from './icons'

/** A heart: kept by this browser. Pressed is told by its filling and to screen readers, not by color alone. */
export function WishButton({ slug, title, className = '' }: { slug: string; title: string; className?: string }) {
  const { t } = useI18n()
  const wished = useWishlist().includes(slug)
  return (
    <button type="button" aria-pressed={wished} aria-label={t('wishlist.mark', { title })} onClick={() => toggleWish(slug)} className={`icon-button ${className}`}>
      <HeartIcon className={wished ? 'fill-current text-accent' : ''} />
    </button>
  )
}
