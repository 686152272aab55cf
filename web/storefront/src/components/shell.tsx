'use client'

import type { ReactNode } from 'react'
import { useI18n } from '@/lib/i18n'
import { CartDrawer } from './cart-drawer'
import { Footer } from './footer'
import { Header } from './header'

/** What stands around every page. The gateway writes the same frame: server/_layout.html. */
export function Shell({ children }: { children: ReactNode }) {
  const { t } = useI18n()
  return (
    <div className="flex min-h-dvh flex-col">
      <a href="#main" className="sr-only focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:z-50 focus:rounded-control focus:bg-surface focus:px-4 focus:py-2">
        {t('nav.skip')}
      </a>
      <Header />
      <main id="main" tabIndex={-1} className="grow outline-none">
        {children}
      </main>
      <Footer />
      <CartDrawer />
    </div>
  )
}
