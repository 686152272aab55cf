import {
  changeMe, changePassword, getMe, listSessions, logIn, logOut, logOutEverywhere, register, requestPasswordReset,
  requestVerification, resetPassword, verifyEmail,
} from '@api/sdk.gen'
import { answer, newIntent } from './http'
import type { Me, SessionView } from './types'

const intent = () => ({ 'Idempotency-Key': newIntent() })

export function readMe(): Promise<Me> {
  return answer(getMe())
}

export function saveMe(change: { name?: string; locale?: string; version?: number }): Promise<Me> {
  return answer(changeMe({ body: change, headers: intent() }))
}

export interface SignedIn {
  me: Me
  /** The cart of the account, the guest's lines in it. */
  cart: string | null
}

export async function signIn(email: string, password: string, guestCart: string | null): Promise<SignedIn> {
  const call = logIn({ body: { email, password }, headers: guestCart ? { 'souk-cart': guestCart } : {} })
  const session = await answer(call)
  return { me: session.user, cart: (await call).response?.headers.get('souk-cart') ?? null }
}

export async function signUp(user: { email: string; name: string; password: string; locale: string }): Promise<void> {
  await answer(register({ body: user }))
}

export async function proveEmail(token: string): Promise<void> {
  await answer(verifyEmail({ body: { token } }))
}

export async function mailVerification(email: string): Promise<void> {
  await answer(requestVerification({ body: { email }, headers: intent() }))
}

export async function mailReset(email: string): Promise<void> {
  await answer(requestPasswordReset({ body: { email }, headers: intent() }))
}

export async function setNewPassword(token: string, password: string): Promise<void> {
  await answer(resetPassword({ body: { token, password } }))
}

export async function replacePassword(current_password: string, password: string): Promise<void> {
  await answer(changePassword({ body: { current_password, password } }))
}

export async function readSessions(): Promise<SessionView[]> {
  return (await answer(listSessions())).items
}

export async function signOut(everywhere: boolean): Promise<void> {
  await answer(everywhere ? logOutEverywhere() : logOut())
}
