'use client'

import { useState } from 'react'
import { AddressFields } from '@/components/checkout/address-fields'
import { focusFirstInvalid } from '@/components/forms/field'
import { useAction } from '@/components/forms/use-action'
import { Notice } from '@/components/notice'
import { saveAddress } from '@/lib/api/addresses'
import type { AddressView } from '@/lib/api/types'
import { likelyCountry } from '@/lib/checkout/countries'
import { addressOf, faultsOf, ofAddress, type Faults, type Input } from '@/lib/checkout/input'
import { asShopError, errorText } from '@/lib/errors'
import { useI18n } from '@/lib/i18n'

/** One address of the book, new or changed. */
export function AddressForm({ address, onDone }: { address: AddressView | null; onDone: (saved: boolean) => void }) {
  const { t, locale } = useI18n()
  const { busy, error, run, form } = useAction()
  const [faults, setFaults] = useState<Faults>({})
  const [first, setFirst] = useState(address?.default ?? false)
  const [input, setInput] = useState<Input>({
    email: '', name: '', country: likelyCountry(locale), line1: '', line2: '', company: '', phone: '', postal_code: '', city: '', region: '',
    ...(address ? ofAddress(address.address) : {}),
  })
  async function save() {
    try {
      await saveAddress(address?.id ?? null, addressOf(input), first || undefined)
      onDone(true)
    } catch (failed) {
      const problem = asShopError(failed)
      setFaults(Object.fromEntries((problem.problem?.errors ?? []).map((each) => [each.field.split('.').pop(), each.rule])) as Faults)
      throw problem
    }
  }
  return (
    <form
      ref={form}
      noValidate
      className="card max-w-2xl space-y-4 p-5 sm:p-6"
      onSubmit={(event) => {
        event.preventDefault()
        const wrong = faultsOf(input, false)
        setFaults(wrong)
        if (Object.keys(wrong).length > 0) return focusFirstInvalid(form.current)
        void run(save)
      }}
    >
      <h1 className="text-xl font-semibold">{t(address ? 'addresses.change' : 'addresses.add')}</h1>
      {error && !error.problem?.errors?.length && <Notice tone="bad">{errorText(t, error)}</Notice>}
      <AddressFields input={input} faults={faults} onChange={(part) => setInput({ ...input, ...part })} />
      {!address?.default && (
        <label className="flex min-h-11 items-center gap-3">
          <input type="checkbox" className="size-5 accent-accent" checked={first} onChange={(event) => setFirst(event.target.checked)} />
          {t('addresses.make_default')}
        </label>
      )}
      <div className="flex gap-3">
        <button type="submit" className="btn-primary" disabled={busy}>{t('account.save')}</button>
        <button type="button" className="btn-quiet" onClick={() => onDone(false)}>{t('addresses.leave')}</button>
      </div>
    </form>
  )
}
