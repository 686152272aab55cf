'use client'

import { useEffect, useState } from 'react'
import { useAction } from '@/components/forms/use-action'
import { Notice, Skeleton } from '@/components/notice'
import { deleteAddress, readAddresses } from '@/lib/api/addresses'
import type { ShopError } from '@/lib/api/http'
import type { AddressView } from '@/lib/api/types'
import { countryName } from '@/lib/checkout/countries'
import { asShopError, errorText } from '@/lib/errors'
import { useI18n } from '@/lib/i18n'
import { AddressForm } from './address-form'

/** The address book. */
export function Addresses() {
  const { t, locale } = useI18n()
  const [book, setBook] = useState<AddressView[] | null>(null)
  const [failed, setFailed] = useState<ShopError | null>(null)
  const [editing, setEditing] = useState<AddressView | 'new' | null>(null)
  const { busy, error, run } = useAction()
  const load = () => readAddresses().then((read) => { setBook(read); setFailed(null) }, (problem) => setFailed(asShopError(problem)))
  useEffect(() => {
    void load()
  }, [])
  if (editing) {
    return <AddressForm address={editing === 'new' ? null : editing} onDone={(saved) => { setEditing(null); if (saved) void load() }} />
  }
  return (
    <section aria-labelledby="addresses">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1 id="addresses" className="text-xl font-semibold">{t('account.addresses')}</h1>
        <button type="button" className="btn-quiet" onClick={() => setEditing('new')}>{t('addresses.add')}</button>
      </div>
      {(error ?? failed) && <div className="mt-4"><Notice tone="bad">{errorText(t, (error ?? failed) as ShopError)}</Notice></div>}
      {!book && !failed && <Skeleton className="mt-4 h-40" />}
      {book?.length === 0 && <p className="card mt-4 px-6 py-12 text-center text-muted">{t('addresses.none')}</p>}
      <ul className="mt-4 grid gap-4 sm:grid-cols-2">
        {book?.map((entry) => {
          const { address } = entry
          return (
            <li key={entry.id} className="card flex flex-col p-5">
              {entry.default && <p className="mb-2 text-sm font-semibold text-accent">{t('addresses.default')}</p>}
              <address className="grow text-sm leading-6 not-italic">
                <span className="block font-medium">{address.name}</span>
                {[address.company, address.line1, address.line2, [address.postal_code, address.city].filter(Boolean).join(' '), address.region, countryName(locale, address.country)]
                  .filter(Boolean).map((row, at) => <span key={at} className="block text-muted">{row}</span>)}
              </address>
              <div className="mt-3 flex gap-5 text-sm">
                <button type="button" className="link min-h-11" aria-label={t('addresses.change_of', { name: address.name, line: address.line1 })} onClick={() => setEditing(entry)}>{t('checkout.change')}</button>
                <button type="button" className="link min-h-11" disabled={busy} aria-label={t('addresses.remove_of', { name: address.name, line: address.line1 })} onClick={() => void run(async () => { await deleteAddress(entry.id); await load() })}>{t('addresses.remove')}</button>
              </div>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
