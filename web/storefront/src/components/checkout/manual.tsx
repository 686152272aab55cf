'use client'

import type { PaymentWay } from '@/lib/api/types'

/** Ways to pay that people take in by hand, such as a bank transfer: what to do is said before one chooses. */
export function ManualForm({ way, token, onPick }: { way: PaymentWay; token: string; onPick: (token: string) => void }) {
  return (
    <fieldset className="space-y-2">
      <legend className="sr-only">{way.provider}</legend>
      {way.methods?.map((method) => (
        <label key={method.token} className="flex cursor-pointer gap-3 rounded-control border border-edge px-4 py-3 has-checked:border-accent has-checked:bg-sunken">
          <input type="radio" name="manual" className="mt-0.5 size-5 shrink-0 accent-accent" value={method.token} checked={token === method.token} onChange={() => onPick(method.token)} />
          <span><span className="block font-medium">{method.title}</span><span className="block text-sm text-muted">{method.instructions}</span></span>
        </label>
      ))}
    </fieldset>
  )
}
