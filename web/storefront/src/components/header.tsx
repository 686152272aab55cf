'use client'

import { openCart, useCart } from '@/lib/cart'
import { useI18n } from '@/lib/i18n'
import { CartIcon, PersonIcon } from './icons'
import { ModeSwitch } from './mode-switch'
import { usePage } from './page'
import { SearchBox } from './search-box'

export function Header() {
  const { t, href } = useI18n()
  const { shop, categories } = usePage()
  const { count } = useCart()
  return (
    <header className="sticky top-0 z-30 border-b border-line bg-bg">
      <div className="wrap flex h-16 items-center gap-3 sm:gap-6">
        <a href={href('/')} className="text-xl font-bold tracking-tight">{shop.name}</a>
        <div className="hidden max-w-xl grow md:block"><SearchBox id="search" /></div>
        <div className="ml-auto flex items-center gap-1">
          <ModeSwitch />
          <a href={href('/account')} aria-label={t('nav.account')} className="grid size-11 place-items-center rounded-control hover:bg-sunken">
            <PersonIcon />
          </a>
          <a
            href={href('/cart')}
            aria-label={t('nav.cart', { count })}
            className="relative grid size-11 place-items-center rounded-control hover:bg-sunken"
            onClick={(event) => {
              if (event.metaKey || event.ctrlKey) return
              event.preventDefault()
              openCart(true)
            }}
          >
            <CartIcon />
            {count > 0 && (
              <span className="absolute top-0.5 right-0.5 grid h-5 min-w-5 place-items-center rounded-full bg-accent px-1 text-xs font-bold text-on-accent">
                {count}
              </span>
            )}
          </a>
        </div>
      </div>
      <div className="wrap pb-3 md:hidden"><SearchBox id="search-small" /></div>
      <nav aria-label={t('nav.categories')} className="wrap">
        <ul className="flex h-11 items-center gap-6 overflow-x-auto text-sm font-medium whitespace-nowrap">
          <li><a href={href('/products')} className="py-2 hover:underline">{t('nav.all')}</a></li>
          {categories.map((category) => (
            <li key={category.path}>
              <a href={href(`/categories/${category.path}`)} className="py-2 hover:underline">{category.title}</a>
            </li>
          ))}
        </ul>
      </nav>
    </header>
  )
}
