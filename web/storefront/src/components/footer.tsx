'use client'

import { useI18n } from '@/lib/i18n'
import { usePage } from './page'

const PAGES = ['about', 'shipping', 'returns', 'privacy', 'terms', 'imprint']
const LANGUAGES = { en: 'English', de: 'Deutsch', ja: '日本語' }

export function Footer() {
  const { t, href } = useI18n()
  const { shop, locales, locale, alternates } = usePage()
  return (
    <footer className="mt-16 border-t border-line bg-sunken">
      <div className="wrap flex flex-wrap items-start justify-between gap-8 py-10 text-sm">
        <p className="font-semibold">{shop.name}</p>
        <nav aria-label={t('footer.pages')}>
          <ul className="flex flex-wrap gap-x-6 gap-y-2">
            {PAGES.map((slug) => (
              <li key={slug}><a className="hover:underline" href={href(`/pages/${slug}`)}>{t(`footer.${slug}`)}</a></li>
            ))}
            <li><a className="hover:underline" href={href('/orders')}>{t('footer.track')}</a></li>
          </ul>
        </nav>
        <nav aria-label={t('footer.languages')}>
          <ul className="flex gap-4">
            {locales.map((other) => (
              <li key={other}>
                <a className="hover:underline aria-[current]:font-semibold" lang={other} hrefLang={other} href={alternates[other] ?? '/'} aria-current={other === locale || undefined}>
                  {LANGUAGES[other]}
                </a>
              </li>
            ))}
          </ul>
        </nav>
      </div>
    </footer>
  )
}
