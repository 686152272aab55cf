'use client'

import { useI18n } from '@/lib/i18n'
import type { Locale } from '@/lib/locales'

const formats = new Map<string, Intl.NumberFormat>()

function format(locale: Locale, currency: string): Intl.NumberFormat {
  const key = `${locale} ${currency}`
  let found = formats.get(key)
  if (!found) {
    found = new Intl.NumberFormat(locale, { style: 'currency', currency })
    formats.set(key, found)
  }
  return found
}

/** Text of an amount in minor units: digits are moved, nothing is divided. */
export function moneyText(locale: Locale, amount: number, currency: string): string {
  const formatter = format(locale, currency)
  const exponent = formatter.resolvedOptions().maximumFractionDigits ?? 2
  const sign = amount < 0 ? '-' : ''
  const digits = String(Math.abs(amount)).padStart(exponent + 1, '0')
  const whole = digits.slice(0, digits.length - exponent)
  const decimal = exponent === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(-exponent)}`
  return formatter.format(decimal as unknown as number)
}

/** The only place that writes an amount. */
export function Money({ amount, currency, className }: { amount: number; currency: string; className?: string }) {
  const { locale } = useI18n()
  return <span className={`whitespace-nowrap ${className ?? ''}`}>{moneyText(locale, amount, currency)}</span>
}
