import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { accessible, fits, picture, still, weigh, WEIGHT_MAX } from './look.mjs'
import { PRIVATE, publicPages } from './places.mjs'
import { api, audit, product, SHOP, t, visitor } from './shop.mjs'
import { address, button, field, fillContact, heading, payButton, payWith, thanked, withCart } from './words.mjs'

after(audit)

const WIDTHS = [390, 1280]
const ACCOUNT = { '': 'account.hello', orders: 'account.orders', addresses: 'account.addresses', wishlist: 'account.wishlist', security: 'account.security' }
const MODES = ['light', 'dark']

for (const colorScheme of MODES) {
  for (const width of WIDTHS) {
    const look = { colorScheme, viewport: { width, height: 900 } }
    const named = (name) => `${name}-${width}-${colorScheme}`
    const check = async (page, name) => {
      await accessible(page, named(name))
      await fits(page, named(name))
      await picture(page, named(name))
    }

    test(`what belongs to a visitor, ${width} px, ${colorScheme}`, async () => {
      const { page, leave } = await visitor(look)
      for (const [name, { path, ready }] of Object.entries(PRIVATE)) {
        await page.goto(path)
        await ready(page).first().waitFor()
        await still(page, named(name))
        await check(page, name)
      }
      await leave()
    })

    test(`the way to an order, ${width} px, ${colorScheme}`, async () => {
      const { page, leave } = await visitor(look)
      await withCart(page, await product(13), 2)
      await page.goto('/cart')
      await page.locator('main').getByRole('link', { name: t('cart.checkout') }).waitFor()
      await still(page, named('cart'))
      await check(page, 'cart')
      await page.getByRole('link', { name: t('nav.cart', { count: 2 }) }).click()
      await page.getByRole('dialog').waitFor()
      await check(page, 'cart-drawer')
      await page.goto('/checkout')
      await button(page, 'checkout.to_delivery').click()
      await check(page, 'checkout-faults')
      await fillContact(page, address())
      await button(page, 'checkout.to_payment').waitFor()
      await check(page, 'checkout-delivery')
      await button(page, 'checkout.to_payment').click()
      await payButton(page).waitFor()
      await check(page, 'checkout-payment')
      await payWith(page, 'tok_approved')
      const number = await thanked(page)
      await check(page, 'confirmation-placed')
      await page.goto(`/orders/${number}`)
      await page.getByText(t('timeline.placed')).waitFor()
      await check(page, 'order-open')
      await leave()
    })

    test(`the account of a customer, ${width} px, ${colorScheme}`, async () => {
      const email = address()
      const password = 'correct horse battery staple'
      await api('POST', '/v1/users', { email, name: 'Ada Lovelace', password, locale: 'en' })
      const { page, leave } = await visitor(look)
      await page.goto('/login?next=/account')
      await field(page, 'address.email').fill(email)
      await field(page, 'password.label').fill(password)
      await page.locator('main').getByRole('button', { name: t('account.log_in') }).click()
      for (const [section, title] of Object.entries(ACCOUNT)) {
        if (section) await page.goto(`/account/${section}`)
        await heading(page, title, { name: 'Ada Lovelace' }).first().waitFor()
        await page.waitForLoadState('networkidle')
        await check(page, `account${section && `-${section}`}`)
      }
      await leave()
    })

    test(`the catalog, ${width} px, ${colorScheme}`, async () => {
      const { page, leave } = await visitor(look)
      for (const [name, path] of Object.entries(await publicPages())) {
        await page.goto(path)
        await page.getByRole('heading', { level: 1 }).waitFor()
        await page.waitForLoadState('networkidle')
        await still(page, named(name))
        await check(page, name)
      }
      await leave()
    })
  }
}

test('every page weighs at most 200 kB of scripts and styles', async () => {
  const paths = { ...(await publicPages()), cart: '/cart', checkout: '/checkout', login: '/login', account: '/account/orders' }
  for (const [name, path] of Object.entries(paths)) {
    const { page, leave } = await visitor()
    await page.goto(path, { waitUntil: 'networkidle' })
    const bytes = await weigh(page)
    console.log(`${name}: ${Math.round(bytes / 1000)} kB of JS and CSS`)
    assert.ok(bytes > 0 && bytes <= WEIGHT_MAX, `${name} weighs ${bytes} bytes`)
    await leave()
  }
})

test('without scripts a product has its name, its price, whether it can be had, its links and its JSON-LD', async () => {
  const found = await product(0)
  const { page, leave } = await visitor({ javaScriptEnabled: false })
  await page.goto(`/products/${found.slug}`)
  await page.getByRole('heading', { level: 1, name: found.title }).waitFor()
  const price = new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' }).format(found.variants[0].prices.find(({ currency }) => currency === 'EUR').amount / 100)
  assert.ok((await page.locator('main').innerText()).includes(price), `${price} is shown`)
  const ld = (await page.locator('script[type="application/ld+json"]').allTextContents()).map((text) => JSON.parse(text)).flat()
  const described = ld.flatMap((each) => each['@graph'] ?? [each]).find((each) => [each['@type']].flat().includes('Product') || each['@type'] === 'ProductGroup')
  assert.equal(described?.name, found.title)
  assert.ok(JSON.stringify(described).includes('schema.org/InStock'))
  assert.ok((await page.getByRole('link').count()) > 10)
  await page.goto('/products')
  assert.ok((await page.locator('main').getByRole('link').count()) > 10)
  await leave()
})

test('pages of a visitor are kept by nobody, pages of the catalog by caches; both keep scripts of others out', async () => {
  const kept = async (path) => (await fetch(SHOP + path)).headers
  assert.match((await kept('/checkout')).get('cache-control'), /no-store/)
  const headers = await kept('/products')
  assert.match(headers.get('cache-control'), /public/)
  assert.match(headers.get('content-security-policy'), /default-src 'self'/)
  assert.ok(!headers.get('content-security-policy').includes("'unsafe-inline'"))
})
