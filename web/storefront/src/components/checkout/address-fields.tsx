'use client'

import { useId, useMemo, useState } from 'react'
import { Field, FieldError } from '@/components/forms/field'
import { countries } from '@/lib/checkout/countries'
import { asksPostalCode, asksRegion, type Faults, type Input } from '@/lib/checkout/input'
import { useI18n } from '@/lib/i18n'

interface Props {
  input: Input
  faults: Faults
  onChange: (change: Partial<Input>) => void
}

/** The few fields that every parcel needs; what few need stands behind a button. */
export function AddressFields({ input, faults, onChange }: Props) {
  const { t, locale } = useI18n()
  const [more, setMore] = useState(Boolean(input.line2 || input.company || input.phone))
  const list = useMemo(() => countries(locale), [locale])
  const id = useId()
  const fault = (name: keyof Input) => (faults[name] ? ruleText(t, faults[name]) : undefined)
  const text = (name: keyof Input, token: string, extra: object = {}) => ({
    label: t(`address.${name}`), name, value: input[name], error: fault(name), autoComplete: `shipping ${token}`, maxLength: 200,
    onChange: (event: { target: { value: string } }) => onChange({ [name]: event.target.value }), ...extra,
  })
  return (
    <>
      <Field {...text('name', 'name', { required: true })} />
      <div>
        <label htmlFor={`${id}-country`} className="label">{t('address.country')}</label>
        <select id={`${id}-country`} name="country" autoComplete="shipping country" className="input" value={input.country} aria-invalid={faults.country ? true : undefined} onChange={(event) => onChange({ country: event.target.value })}>
          {list.map(({ code, name }) => <option key={code} value={code}>{name}</option>)}
        </select>
        <FieldError id={`${id}-country-error`} text={fault('country')} />
      </div>
      <Field {...text('line1', 'address-line1', { required: true })} />
      {more && <Field {...text('line2', 'address-line2')} />}
      <div className="grid gap-4 sm:grid-cols-2">
        {asksPostalCode(input.country) && <Field {...text('postal_code', 'postal-code', { required: true, maxLength: 20 })} />}
        <Field {...text('city', 'address-level2', { required: true })} />
        {asksRegion(input.country) && <Field {...text('region', 'address-level1', { required: true })} />}
      </div>
      {more ? (
        <div className="grid gap-4 sm:grid-cols-2">
          <Field {...text('company', 'organization')} />
          <Field {...text('phone', 'tel', { type: 'tel' })} />
        </div>
      ) : (
        <div><button type="button" className="link min-h-11 text-sm" onClick={() => setMore(true)}>{t('address.more')}</button></div>
      )}
    </>
  )
}

export function ruleText(t: (key: string) => string, rule: string): string {
  const key = `rule.${rule}`
  const text = t(key)
  return text === key ? rule : text
}
