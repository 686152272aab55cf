'use client'

import { useState } from 'react'
import { CloseIcon } from '@/components/icons'
import { Field } from '@/components/forms/field'
import { useAction } from '@/components/forms/use-action'
import { applyCode, removeCode } from '@/lib/api/cart'
import type { CartView, CodeView } from '@/lib/api/types'
import { adoptCart } from '@/lib/cart'
import { errorText } from '@/lib/errors'
import { useI18n } from '@/lib/i18n'

/** Codes of promotions: those in the cart, and a field for another. */
export function CodeField({ cart }: { cart: CartView }) {
  const { t } = useI18n()
  const { busy, error, run, form } = useAction()
  const [code, setCode] = useState('')
  async function apply() {
    adoptCart(await applyCode(cart.id, code.trim()))
    setCode('')
  }
  return (
    <div className="text-sm">
      <ul className="space-y-2">
        {cart.codes.map((named) => <Named key={named.code} named={named} busy={busy} onRemove={() => void run(async () => adoptCart(await removeCode(cart.id, named.code)))} />)}
      </ul>
      <details open={error ? true : undefined}>
        <summary className="min-h-8 py-1 font-medium">{t('code.have')}</summary>
        <form
          ref={form}
          className="mt-2 flex items-start gap-2"
          onSubmit={(event) => {
            event.preventDefault()
            if (code.trim()) void run(apply)
          }}
        >
          <Field
            label={t('code.label')}
            className="grow"
            value={code}
            maxLength={64}
            autoComplete="off"
            autoCapitalize="characters"
            error={error ? errorText(t, error) : undefined}
            onChange={(event) => setCode(event.target.value)}
          />
          <button type="submit" className="btn-quiet mt-6" disabled={busy}>{t('code.apply')}</button>
        </form>
      </details>
    </div>
  )
}

function Named({ named, busy, onRemove }: { named: CodeView; busy: boolean; onRemove: () => void }) {
  const { t } = useI18n()
  const key = `code.reason.${named.reason ?? ''}`
  const why = t(key) === key ? named.detail : t(key)
  return (
    <li className="rounded-control bg-sunken py-1 pr-1 pl-3">
      <div className="flex items-center justify-between">
        <span className={named.applied ? 'font-medium text-good' : 'font-medium'}>{named.code}</span>
        <button type="button" disabled={busy} aria-label={t('code.remove', { code: named.code })} onClick={onRemove} className="grid size-11 place-items-center rounded-control hover:bg-surface"><CloseIcon width={18} height={18} /></button>
      </div>
      {!named.applied && why && <p className="pb-2 text-warn">{why}</p>}
    </li>
  )
}
