'use client'

import { useEffect, useState } from 'react'
import { AddressFields, ruleText } from '@/components/checkout/address-fields'
import { Field, focusFirstInvalid } from '@/components/forms/field'
import { useAction } from '@/components/forms/use-action'
import { Notice } from '@/components/notice'
import { readAddresses } from '@/lib/api/addresses'
import { setDetails } from '@/lib/api/cart'
import type { AddressView, CartView } from '@/lib/api/types'
import { adoptCart } from '@/lib/cart'
import { addressOf, faultsOf, keepInput, ofAddress, type Faults, type Input } from '@/lib/checkout/input'
import { asShopError, errorText } from '@/lib/errors'
import { useI18n } from '@/lib/i18n'
import { withQuery } from '@/lib/with-query'
import { useSession } from '@/lib/session'

interface Props {
  cart: CartView
  input: Input
  setInput: (input: Input) => void
  onDone: () => void
}

/** Who buys, and where it goes. */
export function Contact({ cart, input, setInput, onDone }: Props) {
  const { t, href } = useI18n()
  const { me } = useSession()
  const { busy, error, run, form } = useAction()
  const [faults, setFaults] = useState<Faults>({})

  function change(part: Partial<Input>) {
    const next = { ...input, ...part }
    setInput(next)
    keepInput(next)
    const named = Object.keys(part) as (keyof Input)[]
    if (named.some((name) => faults[name])) setFaults(Object.fromEntries(Object.entries(faults).filter(([name]) => !named.includes(name as keyof Input))))
  }

  async function save() {
    try {
      adoptCart(await setDetails(cart.id, { email: input.email.trim(), shipping_address: addressOf(input) }))
      onDone()
    } catch (failed) {
      const problem = asShopError(failed)
      setFaults(Object.fromEntries((problem.problem?.errors ?? []).map((each) => [each.field.split('.').pop(), each.rule])) as Faults)
      throw problem
    }
  }

  function submit() {
    const wrong = faultsOf(input)
    setFaults(wrong)
    if (Object.keys(wrong).length > 0) return focusFirstInvalid(form.current)
    void run(save)
  }

  return (
    <form ref={form} noValidate className="space-y-4" onSubmit={(event) => { event.preventDefault(); submit() }}>
      {error && !error.problem?.errors?.length && <Notice tone="bad">{errorText(t, error)}</Notice>}
      <Field
        label={t('address.email')} name="email" type="email" autoComplete="email" required maxLength={254} value={input.email}
        hint={me ? undefined : t('checkout.email_hint')} error={faults.email && ruleText(t, faults.email)}
        onChange={(event) => change({ email: event.target.value })}
      />
      {!me && (
        <p className="text-sm text-muted">
          {t('checkout.have_account')} <a className="link" href={withQuery(href('/login'), { next: '/checkout' })}>{t('account.log_in')}</a>
        </p>
      )}
      {me && <AddressBook onPick={(address) => change(ofAddress(address.address))} fresh={!cart.shipping_address && !input.line1} />}
      <AddressFields input={input} faults={faults} onChange={change} />
      <button type="submit" className="btn-primary w-full sm:w-auto" disabled={busy}>{t('checkout.to_delivery')}</button>
    </form>
  )
}

/** The addresses of who has signed in; the default one is filled in at once. */
function AddressBook({ onPick, fresh }: { onPick: (address: AddressView) => void; fresh: boolean }) {
  const { t } = useI18n()
  const [book, setBook] = useState<AddressView[]>([])
  useEffect(() => {
    readAddresses().then((addresses) => {
      setBook(addresses)
      const first = addresses.find((address) => address.default)
      if (first && fresh) onPick(first)
    }, () => setBook([]))
  }, []) // eslint-disable-line react-hooks/exhaustive-deps
  if (book.length === 0) return null
  return (
    <div>
      <label htmlFor="address-book" className="label">{t('checkout.address_book')}</label>
      <select id="address-book" className="input" defaultValue="" onChange={(event) => { const picked = book.find(({ id }) => id === event.target.value); if (picked) onPick(picked) }}>
        <option value="">{t('checkout.pick_address')}</option>
        {book.map(({ id, address }) => <option key={id} value={id}>{`${address.name}, ${address.line1}, ${address.city}`}</option>)}
      </select>
    </div>
  )
}
