'use client'

import { useEffect, useState } from 'react'
import { useI18n } from '@/lib/i18n'
import { MoonIcon, SunIcon } from './icons'

/** Dark or light; remembered by this browser. Which picture it shows is decided by the style sheet, so nothing flickers. */
export function ModeSwitch() {
  const { t } = useI18n()
  const [dark, setDark] = useState(false)
  useEffect(() => setDark(document.documentElement.dataset.mode === 'dark'), [])
  function change() {
    const mode = document.documentElement.dataset.mode === 'dark' ? 'light' : 'dark'
    document.documentElement.dataset.mode = mode
    try {
      localStorage.setItem('souk.mode', mode)
    } catch {
      // Lasts as long as the page, then.
    }
    setDark(mode === 'dark')
  }
  return (
    <button type="button" onClick={change} aria-pressed={dark} aria-label={t('nav.dark')} className="icon-button">
      <SunIcon className="hidden dark:block" />
      <MoonIcon className="dark:hidden" />
    </button>
  )
}
