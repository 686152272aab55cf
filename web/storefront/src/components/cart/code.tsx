'use client'

import { useState } from 'react'
import { Field } from '@/components/forms/field'
import { useAction } from '@/components/forms/use-action'
import { applyCode } from '@/lib/api/cart'
import { asShopError, errorText } from '@/lib/errors'
import { adoptCart } from '@/lib/cart'
import { useI18n } from '@/lib/i18n'

/** A code of a promotion. It goes away where the shop has none. */
export function CodeField({ cartId }: { cartId: string }) {
  const { t } = useI18n()
  const { busy, error, run, form } = useAction()
  const [code, setCode] = useState('')
  const [offered, setOffered] = useState(true)
  if (!offered) return null
  async function apply() {
    try {
      adoptCart(await applyCode(cartId, code.trim()))
      setCode('')
    } catch (failed) {
      const problem = asShopError(failed)
      if (problem.status === 405 || (problem.status === 404 && problem.code === 'not_found')) return setOffered(false)
      throw problem
    }
  }
  return (
    <details className="text-sm">
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
  )
}
