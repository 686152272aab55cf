'use client'

import { openCart, useCart } from '@/lib/cart'
import { useI18n } from '@/lib/i18n'
import { CartIcon, HeartIcon, PersonIcon } from './icons'
import { Menu } from './menu'
import { ModeSwitch } from './mode-switch'
import { usePage } from './page'
import { Places } from './places'
import { SearchBox } from './search-box'

export function Header() {
  const { t, href } = useI18n()
  const { shop } = usePage()
  return (
    <header className="z-30 border-b border-line bg-bg lg:sticky lg:top-0">
      <div className="wrap flex h-16 items-center gap-2 sm:gap-6">
        <Menu />
        <a href={href('/')} className="rounded-control text-2xl font-extrabold tracking-tight">{shop.name}</a>
        <div className="mx-auto hidden w-full max-w-xl lg:block"><SearchBox id="search" /></div>
        <div className="ml-auto flex shrink-0 items-center lg:ml-0">
          <div className="hidden sm:flex"><Places /><ModeSwitch /></div>
          <a href={href('/account/wishlist')} aria-label={t('nav.wishlist')} className="icon-button max-sm:hidden"><HeartIcon /></a>
          <a href={href('/account')} aria-label={t('nav.account')} className="icon-button"><PersonIcon /></a>
          <CartLink />
        </div>
      </div>
      <div className="wrap pb-3 lg:hidden"><SearchBox id="search-small" /></div>
      <CategoryNav />
    </header>
  )
}

/** Opens the drawer; with another key held it is a link like any. */
function CartLink() {
  const { t, href } = useI18n()
  const { count } = useCart()
  return (
    <a
      href={href('/cart')}
      aria-label={t('nav.cart', { count })}
      className="icon-button relative"
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return
        event.preventDefault()
        openCart(true)
      }}
    >
      <CartIcon />
      {count > 0 && (
        <span className="absolute top-0.5 right-0.5 grid h-5 min-w-5 place-items-center rounded-full bg-accent px-1 text-xs font-bold text-on-accent">{count}</span>
      )}
    </a>
  )
}

function CategoryNav() {
  const { t, href } = useI18n()
  const { categories, path } = usePage()
  const links = [{ to: '/products', title: t('nav.all') }, ...categories.map((each) => ({ to: `/categories/${each.path}`, title: each.title }))]
  return (
    <nav aria-label={t('nav.categories')} className="wrap">
      <ul className="-mx-3 flex h-12 items-center overflow-x-auto text-sm font-medium whitespace-nowrap scrollbar-none">
        {links.map(({ to, title }) => (
          <li key={to}>
            <a href={href(to)} aria-current={path === to ? 'page' : undefined} className="nav-link">{title}</a>
          </li>
        ))}
      </ul>
    </nav>
  )
}
