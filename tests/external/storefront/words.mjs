// What shoppers do, said once.
import assert from 'node:assert/strict'
import { api, key, t } from './shop.mjs'

let seen = 0
export const address = () => `ada.${Date.now()}.${(seen += 1)}@example.com`

export const button = (page, name, values) => page.getByRole('button', { name: t(name, values), exact: true })
export const field = (page, name) => page.getByLabel(t(name), { exact: true })
export const link = (page, name, values) => page.getByRole('link', { name: t(name, values) })
export const heading = (page, name, values) => page.getByRole('heading', { name: t(name, values) })

/** Puts a product into a guest's cart as the product page does, and tells this browser of it. */
export async function withCart(page, product, quantity = 1) {
  const { body: cart } = await api('POST', '/v1/carts', { currency: 'EUR', lines: [{ variant_id: product.variants[0].id, quantity }] }, { 'idempotency-key': key() })
  await page.goto('/orders')
  await page.evaluate((id) => localStorage.setItem('souk.cart', id), cart.id)
  return cart
}

export async function fillContact(page, email) {
  await field(page, 'address.email').fill(email)
  await field(page, 'address.name').fill('Ada Lovelace')
  await page.getByLabel(t('address.country'), { exact: true }).selectOption('DE')
  await field(page, 'address.line1').fill('Unter den Linden 1')
  await field(page, 'address.postal_code').fill('10117')
  await field(page, 'address.city').fill('Berlin')
  await button(page, 'checkout.to_delivery').click()
}

export async function toPayment(page, email) {
  await page.goto('/checkout')
  await fillContact(page, email)
  await button(page, 'checkout.to_payment').click()
}

export const payButton = (page) => page.getByRole('button', { name: new RegExp(`^${t('checkout.pay')} `) })

export async function payWith(page, card) {
  const radio = page.getByRole('radio', { name: t(`card.${card}`) })
  if (!(await radio.isVisible())) await page.getByText(t('checkout.more_cards')).click()
  await radio.check()
  await payButton(page).click()
}

/** The number of the order that the confirmation thanks for. */
export async function thanked(page) {
  await heading(page, 'confirmation.thanks').waitFor()
  const number = await page.locator('[data-order-number]').getAttribute('data-order-number')
  assert.match(number, /^[A-Z0-9]{6,}$/)
  return number
}
