'use client'

import { useEffect, useState } from 'react'
import { useI18n } from '@/lib/i18n'
import { MoonIcon, SunIcon } from './icons'

/** Dark or light; remembered by this browser. */
export function ModeSwitch() {
  const { t } = useI18n()
  const [dark, setDark] = useState(false)
  useEffect(() => setDark(document.documentElement.dataset.mode === 'dark'), [])
  function change() {
    const mode = dark ? 'light' : 'dark'
    document.documentElement.dataset.mode = mode
    try {
      localStorage.setItem('souk.mode', mode)
    } catch {
      // Lasts as long as the page, then.
    }
    setDark(!dark)
  }
  return (
    <button type="button" onClick={change} aria-pressed={dark} aria-label={t('nav.dark')} className="grid size-11 place-items-center rounded-control hover:bg-sunken">
      {dark ? <SunIcon /> : <MoonIcon />}
    </button>
  )
}
