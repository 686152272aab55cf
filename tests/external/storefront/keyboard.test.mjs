import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { audit, product, t, visitor } from './shop.mjs'
import { address, thanked, withCart } from './words.mjs'

afterEach(audit)
const TABS_MAX = 80

/** Presses Tab until something with this name has the focus; fails when it is not reached. */
async function tabTo(page, name) {
  for (let tabs = 0; tabs < TABS_MAX; tabs += 1) {
    const focused = await page.evaluate(() => {
      const at = document.activeElement
      if (!at || at === document.body) return { name: '', seen: true }
      const label = at.getAttribute('aria-label') ?? at.labels?.[0]?.textContent ?? at.textContent ?? ''
      const box = at.getBoundingClientRect()
      const hit = document.elementFromPoint(Math.min(innerWidth - 1, Math.max(0, box.x + box.width / 2)), Math.min(innerHeight - 1, Math.max(0, box.y + box.height / 2)))
      return { name: label.trim(), seen: box.width === 0 || at.contains(hit) || hit?.contains(at) }
    })
    if (focused.name.startsWith(name)) {
      assert.ok(focused.seen, `${name} has the focus and is not hidden`)
      return
    }
    await page.keyboard.press('Tab')
  }
  assert.fail(`Tab does not lead to ${name}`)
}

test('a whole purchase by keyboard alone', async () => {
  const { page, leave } = await visitor()
  await withCart(page, await product(12))
  await page.goto('/cart')
  await page.locator('main').getByRole('link', { name: t('cart.checkout') }).waitFor()
  await tabTo(page, t('cart.checkout'))
  await page.keyboard.press('Enter')
  await page.waitForURL('**/checkout')
  await page.getByRole('button', { name: t('checkout.to_delivery') }).waitFor()
  for (const [name, text] of [['address.email', address()], ['address.name', 'Ada Lovelace']]) {
    await tabTo(page, t(name))
    await page.keyboard.type(text)
  }
  await tabTo(page, t('address.country'))
  await page.keyboard.type('Germany')
  for (const [name, text] of [['address.line1', 'Unter den Linden 1'], ['address.postal_code', '10117'], ['address.city', 'Berlin']]) {
    await tabTo(page, t(name))
    await page.keyboard.type(text)
  }
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: t('checkout.to_payment') }).waitFor()
  await tabTo(page, t('checkout.to_payment'))
  await page.keyboard.press('Enter')
  await page.getByRole('radio', { name: t('card.tok_approved') }).waitFor()
  await tabTo(page, `${t('checkout.pay')} `)
  await page.keyboard.press('Enter')
  await thanked(page)
  await leave()
})
