'use client'

import { useRef, useState, type RefObject } from 'react'
import type { ShopError } from '@/lib/api/http'
import { asShopError } from '@/lib/errors'
import { focusFirstInvalid } from './field'

interface Action {
  busy: boolean
  error: ShopError | null
  setError: (error: ShopError | null) => void
  run: (what: () => Promise<void>) => Promise<void>
  form: RefObject<HTMLFormElement | null>
}

/** One thing at a time: a second click while the first is at work does nothing. */
export function useAction(): Action {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<ShopError | null>(null)
  const working = useRef(false)
  const form = useRef<HTMLFormElement>(null)
  async function run(what: () => Promise<void>) {
    if (working.current) return
    working.current = true
    setBusy(true)
    setError(null)
    try {
      await what()
    } catch (failed) {
      setError(asShopError(failed))
      focusFirstInvalid(form.current)
    } finally {
      working.current = false
      setBusy(false)
    }
  }
  return { busy, error, setError, run, form }
}
