import { addAddress, changeAddress, listAddresses, removeAddress } from '@api/sdk.gen'
import { answer, newIntent } from './http'
import type { Address, AddressView } from './types'

const intent = () => ({ 'Idempotency-Key': newIntent() })

export async function readAddresses(): Promise<AddressView[]> {
  return (await answer(listAddresses())).items
}

/** Adds it, or replaces the one with this id. */
export function saveAddress(id: string | null, address: Address, asDefault?: boolean): Promise<AddressView> {
  const body = { address, default: asDefault }
  return answer(id ? changeAddress({ path: { id }, body, headers: intent() }) : addAddress({ body, headers: intent() }))
}

export async function deleteAddress(id: string): Promise<void> {
  await answer(removeAddress({ path: { id }, headers: intent() }))
}
