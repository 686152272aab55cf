'use client'

import { useRef, useState } from 'react'
import type { ProductPage } from '@/lib/api/types'
import { useI18n } from '@/lib/i18n'
import { pictureOf } from '../art'
import { CloseIcon } from '../icons'

/** The pictures: a large one, the others small below, and the large one larger in a dialog. */
export function Gallery({ product }: { product: ProductPage }) {
  const { t } = useI18n()
  const [at, setAt] = useState(0)
  const dialog = useRef<HTMLDialogElement>(null)
  const media = product.media.length > 0 ? product.media : [{ url: pictureOf(product.slug), alt: product.title }]
  const shown = media[at] ?? media[0]
  if (!shown) return null
  const picture = { src: pictureOf(product.slug, shown.url), alt: shown.alt || product.title }
  return (
    <div className="min-w-0 self-start lg:sticky lg:top-36">
      <button type="button" aria-haspopup="dialog" aria-label={t('product.zoom')} onClick={() => dialog.current?.showModal()} className="block aspect-square w-full cursor-zoom-in overflow-hidden rounded-card bg-sunken">
        <img {...picture} width="800" height="800" fetchPriority="high" className="size-full object-cover" />
      </button>
      {media.length > 1 && (
        <ul aria-label={t('product.pictures')} className="mt-4 grid grid-cols-5 gap-3">
          {media.map((each, index) => (
            <li key={each.url}>
              <button type="button" aria-label={t('product.picture', { number: index + 1 })} aria-current={index === at || undefined} onClick={() => setAt(index)} className="block aspect-square w-full overflow-hidden rounded-control border-2 border-transparent bg-sunken aria-[current]:border-ink">
                <img src={pictureOf(product.slug, each.url)} alt="" width="120" height="120" className="size-full object-cover" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <dialog ref={dialog} aria-label={product.title} onClick={() => dialog.current?.close()} className="m-auto max-h-none max-w-none bg-transparent p-0">
        <img {...picture} width="1200" height="1200" loading="lazy" className="size-[min(92vw,92dvh)] cursor-zoom-out rounded-card bg-sunken object-contain" />
        <button type="button" aria-label={t('product.close')} className="icon-button absolute top-3 right-3 rounded-full bg-surface"><CloseIcon /></button>
      </dialog>
    </div>
  )
}
