'use client'

import { useI18n } from '@/lib/i18n'
import { usePage } from './page'
import { PlaceLinks } from './places'

const ABOUT = ['about', 'privacy', 'terms', 'imprint']
const HELP = ['shipping', 'returns']

export function Footer() {
  const { t, href } = useI18n()
  const { shop, categories } = usePage()
  return (
    <footer id="footer" className="mt-24 border-t border-line bg-sunken">
      <div className="wrap grid gap-10 py-14 sm:grid-cols-2 lg:grid-cols-[1.5fr_1fr_1fr_1fr_1.25fr]">
        <div>
          <p className="text-xl font-extrabold tracking-tight">{shop.name}</p>
          <p className="mt-3 max-w-xs text-sm leading-6 text-muted">{t('footer.claim')}</p>
        </div>
        <Column title={t('footer.shop')} links={[['/products', t('nav.all')], ...categories.map(({ path, title }): Link => [`/categories/${path}`, title])]} href={href} />
        <Column title={t('footer.help')} links={[...HELP.map((slug): Link => [`/pages/${slug}`, t(`footer.${slug}`)]), ['/orders', t('footer.track')]]} href={href} />
        <Column title={t('footer.pages')} links={ABOUT.map((slug): Link => [`/pages/${slug}`, t(`footer.${slug}`)])} href={href} />
        <PlaceLinks />
      </div>
    </footer>
  )
}

type Link = [path: string, title: string]

function Column({ title, links, href }: { title: string; links: Link[]; href: (path: string) => string }) {
  return (
    <nav aria-label={title}>
      <p className="text-sm font-semibold">{title}</p>
      <ul className="mt-2 text-sm text-muted">
        {links.map(([path, text]) => <li key={path}><a className="inline-block py-1.5 hover:text-ink hover:underline" href={href(path)}>{text}</a></li>)}
      </ul>
    </nav>
  )
}
