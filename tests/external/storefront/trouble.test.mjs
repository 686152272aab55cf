import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { api, audit, leaveInStock, product, t, visitor } from './shop.mjs'
import { address, button, payButton, payWith, thanked, toPayment, withCart } from './words.mjs'

afterEach(audit)

test('offline while paying: the shop says that it waits, and pays once when the network is back', async () => {
  const { page, context, leave } = await visitor({ allow: ['ERR_INTERNET_DISCONNECTED'] })
  await withCart(page, await product(9))
  await toPayment(page, address())
  await payButton(page).waitFor()
  await context.setOffline(true)
  await payButton(page).click()
  await page.getByText(t('unsure.offline')).waitFor()
  await context.setOffline(false)
  await thanked(page)
  await leave()
})

test('the answer to a payment is lost: it is asked for with the same key, and it is one order', async () => {
  const { page, leave } = await visitor({ allow: ['ERR_FAILED'] })
  const keys = []
  let lost = 0
  await page.route('**/v1/carts/*/checkout', async (route) => {
    keys.push(route.request().headers()['idempotency-key'])
    if (lost++ > 0) return route.continue()
    await route.fetch()
    await route.abort()
  })
  await withCart(page, await product(9))
  await toPayment(page, address())
  await payWith(page, 'tok_approved')
  await page.getByText(t('unsure.title')).waitFor()
  await thanked(page)
  assert.ok(keys.length >= 2)
  assert.equal(new Set(keys).size, 1)
  await leave()
})

test('a reload in the middle of a payment takes it up again', async () => {
  const { page, leave } = await visitor({ allow: ['ERR_'] })
  const keys = []
  await page.route('**/v1/carts/*/checkout', async (route) => {
    keys.push(route.request().headers()['idempotency-key'])
    if (keys.length > 1) return route.continue()
    await route.fetch().catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 1500))
    await route.abort().catch(() => undefined)
  })
  await withCart(page, await product(9))
  await toPayment(page, address())
  await payWith(page, 'tok_approved')
  await page.waitForTimeout(500)
  await page.reload()
  await thanked(page)
  assert.equal(new Set(keys).size, 1)
  await leave()
})

test('the bank does not answer in time: the order is watched until it is known', async () => {
  const { page, leave } = await visitor({ allow: ['50'] })
  await withCart(page, await product(9))
  await toPayment(page, address())
  await payWith(page, 'tok_webhook_late')
  await page.waitForURL('**/checkout/confirmation**')
  await thanked(page)
  await leave()
})

test('on a slow network the pages stand before the data, and nothing jumps', async () => {
  const { page, context, leave } = await visitor()
  await withCart(page, await product(9))
  const session = await context.newCDPSession(page)
  await session.send('Network.emulateNetworkConditions', { offline: false, latency: 400, downloadThroughput: 60_000, uploadThroughput: 30_000 })
  await page.goto('/checkout')
  await button(page, 'checkout.to_delivery').waitFor({ timeout: 60_000 })
  assert.ok((await page.evaluate(() => window.__shift)) < 0.1)
  await leave()
})

test('more than there is: the line says so and is mended in the cart; what was taken out comes back', async () => {
  const { page, leave } = await visitor()
  const found = await product(10)
  await withCart(page, found, 3)
  await leaveInStock(found.variants[0].sku, 2)
  await page.goto('/cart')
  await page.getByText(t('cart.blocked')).waitFor()
  await page.locator('main').getByRole('button', { name: t('cart.take_left', { count: 2 }) }).click()
  await page.locator('main').getByRole('link', { name: t('cart.checkout') }).waitFor()
  await page.locator('main').getByRole('button', { name: t('cart.remove', { title: found.title }) }).click()
  await page.getByText(t('cart.removed', { title: found.title })).first().waitFor()
  await page.locator('main').getByRole('button', { name: t('cart.undo') }).click()
  await page.locator('main').getByRole('button', { name: t('cart.more', { title: found.title }) }).waitFor()
  const { body } = await api('GET', `/v1/carts/${await page.evaluate(() => localStorage.getItem('souk.cart'))}`)
  assert.equal(body.lines[0].quantity, 2)
  await leave()
})

test('a price that changes before paying is shown, and asked for anew', async () => {
  const { page, leave } = await visitor({ allow: ['409'] })
  await withCart(page, await product(11))
  await toPayment(page, address())
  let changed = false
  await page.route('**/v1/carts/*/checkout', (route) => {
    if (changed) return route.continue()
    changed = true
    const body = JSON.parse(route.request().postData())
    body.expected_total.amount += 1
    return route.continue({ postData: JSON.stringify(body) })
  })
  await payWith(page, 'tok_approved')
  await page.getByText(t('error.total_changed')).waitFor()
  await payWith(page, 'tok_approved')
  await thanked(page)
  await leave()
})
