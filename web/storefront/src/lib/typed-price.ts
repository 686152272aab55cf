const DIGITS_MAX = 9

function exponentOf(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
}

/** What somebody typed, such as `12,5`, in minor units; `null` when it is no price. Digits are moved, nothing is multiplied. */
export function minorOf(typed: string, currency: string): string | null {
  const [, whole, , part = ''] = typed.trim().match(/^(\d+)([.,](\d*))?$/) ?? []
  const exponent = exponentOf(currency)
  if (whole === undefined || whole.length > DIGITS_MAX || part.length > exponent) return null
  return (whole + part.padEnd(exponent, '0')).replace(/^0+(?=\d)/, '')
}

/** Minor units as they are typed: `1250` is `12.50`, and `1200` is `12`. */
export function typedOf(minor: string | null, currency: string): string {
  if (!minor || !/^\d+$/.test(minor)) return ''
  const exponent = exponentOf(currency)
  const digits = minor.padStart(exponent + 1, '0')
  const part = digits.slice(digits.length - exponent)
  const whole = digits.slice(0, digits.length - exponent)
  return exponent === 0 || /^0+$/.test(part) ? whole : `${whole}.${part}`
}
