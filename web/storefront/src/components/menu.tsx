'use client'

import { useRef } from 'react'
import { useI18n } from '@/lib/i18n'
import { CloseIcon, MenuIcon } from './icons'
import { ModeSwitch } from './mode-switch'
import { usePage } from './page'
import { PlaceLinks } from './places'

/** The navigation on phones: a native dialog from the left. Before the script it leads to the links at the foot. */
export function Menu() {
  const { t, href } = useI18n()
  const { categories } = usePage()
  const dialog = useRef<HTMLDialogElement>(null)
  const places = [{ to: '/account/wishlist', title: t('nav.wishlist') }, { to: '/account', title: t('nav.account') }, { to: '/orders', title: t('footer.track') }]
  return (
    <>
      <button type="button" aria-label={t('nav.menu')} aria-haspopup="dialog" onClick={() => dialog.current?.showModal()} className="icon-button -ml-2.5 lg:hidden"><MenuIcon /></button>
      <dialog
        ref={dialog}
        aria-label={t('nav.menu')}
        onClick={(event) => event.target === dialog.current && dialog.current.close()}
        className="fixed inset-y-0 left-0 m-0 h-dvh max-h-none w-80 max-w-[85vw] bg-surface p-0"
      >
        <div className="flex h-full flex-col gap-6 overflow-y-auto p-5">
          <div className="flex items-center justify-between">
            <p className="text-lg font-bold">{t('nav.menu')}</p>
            <button type="button" onClick={() => dialog.current?.close()} aria-label={t('nav.close_menu')} className="icon-button -mr-2.5"><CloseIcon /></button>
          </div>
          <nav aria-label={t('nav.categories')}>
            <ul className="text-lg font-medium">
              <li><a href={href('/products')} className="block py-2.5">{t('nav.all')}</a></li>
              {categories.map((category) => (
                <li key={category.path}><a href={href(`/categories/${category.path}`)} className="block py-2.5">{category.title}</a></li>
              ))}
            </ul>
          </nav>
          <ul className="border-t border-line pt-4">
            {places.map(({ to, title }) => <li key={to}><a href={href(to)} className="block py-2.5">{title}</a></li>)}
          </ul>
          <div className="border-t border-line pt-5"><PlaceLinks /></div>
          <div className="flex items-center justify-between border-t border-line pt-3 text-sm"><span aria-hidden="true">{t('nav.dark')}</span><ModeSwitch /></div>
        </div>
      </dialog>
    </>
  )
}
