'use client'

import { useEffect, useState } from 'react'
import { useAction } from '@/components/forms/use-action'
import { Money } from '@/components/money'
import { Notice, Skeleton } from '@/components/notice'
import { readShippingOptions, setDetails } from '@/lib/api/cart'
import type { ShopError } from '@/lib/api/http'
import type { CartView, ShippingOptionView } from '@/lib/api/types'
import { adoptCart } from '@/lib/cart'
import { asShopError, errorText } from '@/lib/errors'
import { useI18n } from '@/lib/i18n'

/** The ways to send it, with what each costs for this cart. */
export function Delivery({ cart, onDone }: { cart: CartView; onDone: () => void }) {
  const { t } = useI18n()
  const { busy, error, run } = useAction()
  const [options, setOptions] = useState<ShippingOptionView[] | null>(null)
  const [failed, setFailed] = useState<ShopError | null>(null)
  const [picked, setPicked] = useState(cart.shipping_method ?? '')
  const [round, setRound] = useState(0)
  useEffect(() => {
    let gone = false
    setFailed(null)
    readShippingOptions(cart.id).then((offered) => {
      if (gone) return
      setOptions(offered)
      setPicked((now) => (offered.some(({ code }) => code === now) ? now : (offered[0]?.code ?? '')))
    }, (problem) => !gone && setFailed(asShopError(problem)))
    return () => { gone = true }
  }, [cart.id, cart.version, round])

  async function save() {
    adoptCart(await setDetails(cart.id, { shipping_method: picked }))
    onDone()
  }

  if (failed) {
    return (
      <Notice tone="bad">
        {errorText(t, failed)} <button type="button" className="link" onClick={() => setRound(round + 1)}>{t('again')}</button>
      </Notice>
    )
  }
  if (!options) return <div className="space-y-3" aria-busy="true"><Skeleton className="h-16" /><Skeleton className="h-16" /></div>
  if (options.length === 0) return <Notice tone="bad">{t('checkout.no_shipping')}</Notice>
  return (
    <form className="space-y-4" onSubmit={(event) => { event.preventDefault(); if (picked) void run(save) }}>
      {error && <Notice tone="bad">{errorText(t, error)}</Notice>}
      <fieldset>
        <legend className="sr-only">{t('checkout.delivery')}</legend>
        <div className="space-y-3">
          {options.map((option) => (
            <label key={option.code} className="flex min-h-16 cursor-pointer items-center gap-3 rounded-control border border-edge px-4 py-3 has-checked:border-accent has-checked:bg-sunken">
              <input type="radio" name="shipping" className="size-5 shrink-0 accent-accent" value={option.code} checked={picked === option.code} onChange={() => setPicked(option.code)} />
              <span className="grow">
                <span className="block font-medium">{option.title}</span>
                {option.free_above && option.price.amount > 0 && (
                  <span className="block text-sm text-muted">{t('checkout.free_above')} <Money amount={option.free_above.amount} currency={option.free_above.currency} /></span>
                )}
              </span>
              <span className="font-semibold tabular-nums">{option.price.amount === 0 ? t('totals.free') : <Money amount={option.price.amount} currency={option.price.currency} />}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <button type="submit" className="btn-primary w-full sm:w-auto" disabled={busy || !picked}>{t('checkout.to_payment')}</button>
    </form>
  )
}
