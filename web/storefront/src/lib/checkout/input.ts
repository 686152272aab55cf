import type { Address, CartView } from '../api/types'
import { tabKeep } from '../keep'

/** What a buyer types. Kept for this tab over reloads; nothing of a card is ever in it. */
export interface Input {
  email: string
  name: string
  country: string
  line1: string
  line2: string
  company: string
  phone: string
  postal_code: string
  city: string
  region: string
}

export type Faults = Partial<Record<keyof Input, string>>

const KEY = 'souk.checkout'
const EMPTY: Input = { email: '', name: '', country: '', line1: '', line2: '', company: '', phone: '', postal_code: '', city: '', region: '' }

/** Countries whose addresses name a state, a province or a prefecture. */
const WITH_REGION = new Set(['AU', 'BR', 'CA', 'CN', 'IN', 'JP', 'MX', 'US'])
/** Countries without postal codes. */
const WITHOUT_POSTAL_CODE = new Set(['AE', 'HK', 'QA'])

export const asksRegion = (country: string) => WITH_REGION.has(country)
export const asksPostalCode = (country: string) => !WITHOUT_POSTAL_CODE.has(country)

export function startInput(cart: CartView | null, email: string | undefined, country: string): Input {
  const kept = tabKeep.get<Partial<Input>>(KEY)
  const address = cart?.shipping_address
  const known = address ? ofAddress(address) : {}
  return { ...EMPTY, country, email: cart?.email ?? email ?? '', ...known, ...kept }
}

export function ofAddress(address: Address): Partial<Input> {
  const { name, line1, line2, company, phone, postal_code, city, region, country } = address
  return { name, line1, line2: line2 ?? '', company: company ?? '', phone: phone ?? '', postal_code: postal_code ?? '', city, region: region ?? '', country }
}

export function keepInput(input: Input | null) {
  tabKeep.set(KEY, input)
}

export function addressOf(input: Input): Address {
  const given = (text: string) => text.trim() || undefined
  return {
    name: input.name.trim(),
    line1: input.line1.trim(),
    line2: given(input.line2),
    company: given(input.company),
    phone: given(input.phone),
    city: input.city.trim(),
    postal_code: asksPostalCode(input.country) ? given(input.postal_code) : undefined,
    region: asksRegion(input.country) ? given(input.region) : undefined,
    country: input.country,
  }
}

/** What can be seen to be wrong without asking; the shop has the last word. Values are rules, as the API names them. */
export function faultsOf(input: Input, withEmail = true): Faults {
  const faults: Faults = {}
  const need: (keyof Input)[] = ['name', 'line1', 'city', 'country']
  if (asksPostalCode(input.country)) need.push('postal_code')
  if (asksRegion(input.country)) need.push('region')
  for (const field of need) if (!input[field].trim()) faults[field] = 'required'
  if (withEmail && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(input.email.trim())) faults.email = input.email.trim() ? 'email' : 'required'
  return faults
}
