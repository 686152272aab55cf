'use client'

import { useEffect, type ReactNode } from 'react'
import { Addresses } from '@/components/account/addresses'
import { Orders } from '@/components/account/orders'
import { Overview } from '@/components/account/overview'
import { Security } from '@/components/account/security'
import { Wishlist } from '@/components/account/wishlist'
import { Skeleton } from '@/components/notice'
import { Page } from '@/components/page'
import type { Me } from '@/lib/api/types'
import type { AccountDocument } from '@/lib/document'
import { useI18n } from '@/lib/i18n'
import { withQuery } from '@/lib/with-query'
import { useSession } from '@/lib/session'

type Section = AccountDocument['section']
const SECTIONS: [Section, string][] = [
  ['overview', '/account'], ['orders', '/account/orders'], ['addresses', '/account/addresses'], ['wishlist', '/account/wishlist'], ['security', '/account/security'],
]

export function Account() {
  return <Page<AccountDocument>>{(page) => <AccountPage section={page.section} path={page.path} />}</Page>
}

function AccountPage({ section, path }: { section: Section; path: string }) {
  const { t, href } = useI18n()
  const { me, known } = useSession()
  useEffect(() => {
    if (known && !me) location.replace(withQuery(href('/login'), { next: path }))
  }, [known, me, path, href])
  return (
    <div className="wrap min-h-[70vh] py-10">
      <p className="text-3xl font-bold tracking-tight">{t('account.title')}</p>
      <div className="mt-6 grid items-start gap-8 lg:grid-cols-[14rem_1fr]">
        <nav aria-label={t('account.title')} className="min-w-0">
          <ul className="flex gap-1 overflow-x-auto lg:flex-col" tabIndex={-1}>
            {SECTIONS.map(([name, to]) => (
              <li key={name} ref={name === section ? showOnce : undefined}>
                <a href={href(to)} aria-current={name === section ? 'page' : undefined} className="block rounded-control px-4 py-2.5 whitespace-nowrap hover:bg-sunken aria-[current]:bg-sunken aria-[current]:font-semibold">
                  {t(`account.${name}`)}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        {me ? <div className="min-w-0">{contents(section, me)}</div> : <div className="space-y-4" aria-busy="true"><Skeleton className="h-10 w-60" /><Skeleton className="h-56" /></div>}
      </div>
    </div>
  )
}

/** On a phone the list of sections scrolls sideways: when the page opens, to where one is. */
function showOnce(item: HTMLElement | null) {
  item?.scrollIntoView({ block: 'nearest', inline: 'center' })
}

function contents(section: Section, me: Me): ReactNode {
  switch (section) {
    case 'orders': return <Orders />
    case 'addresses': return <Addresses />
    case 'security': return <Security />
    case 'wishlist': return <Wishlist />
    default: return <Overview me={me} />
  }
}
