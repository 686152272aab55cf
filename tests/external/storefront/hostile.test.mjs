import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { fits } from './look.mjs'
import { api, audit, mailTo, SHOP, staff, t, visitor } from './shop.mjs'
import { address, button, field, fillContact, payButton, payWith, thanked } from './words.mjs'

afterEach(audit)

/** Each would set `window.hurt` if it were anything but text: in HTML, attributes, addresses, scripts, JSON, templates and styles. */
const CORPUS = [
  '<script>window.hurt=1</script>',
  '</script><script>window.hurt=1</script>',
  '</title><script>window.hurt=1</script>',
  '<img src=x onerror=window.hurt=1>',
  '<svg/onload=window.hurt=1>',
  '"><img src=x onerror=window.hurt=1>',
  "'><img src=x onerror=window.hurt=1>",
  '" onmouseover="window.hurt=1" autofocus onfocus="window.hurt=1" x="',
  "' autofocus onfocus='window.hurt=1' x='",
  '`onload=window.hurt=1`',
  'javascript:window.hurt=1',
  '<a href="javascript:window.hurt=1">x</a>',
  '<iframe srcdoc="<script>parent.hurt=1</script>"></iframe>',
  '<!--<script>window.hurt=1</script>-->',
  '<![CDATA[<script>window.hurt=1</script>]]>',
  '{{ 7 * 7 }}{% raw %}<script>window.hurt=1</script>',
  '${window.hurt=1}',
  '\u2028window.hurt=1\u2029',
  '&lt;script&gt;window.hurt=1&lt;/script&gt;',
  '</style><script>window.hurt=1</script>',
  '</textarea><script>window.hurt=1</script>',
  '<math><mtext><table><mglyph><style><img src=x onerror=window.hurt=1>',
]
const slugOf = (at) => `hostile-goods-${at}`

async function unhurt(page, where) {
  await page.waitForLoadState('load')
  // Handlers of what the page has just put in have run by then.
  await page.waitForTimeout(100)
  assert.equal(await page.evaluate(() => window.hurt), undefined, `${where} is inert`)
}

/** A product that is nothing but the hostile text, wherever text may stand. */
async function hostileProduct(asStaff, text, at) {
  const attributes = [{ name: text.slice(0, 80), type: 'text', value: text }]
  const content = {
    slug: slugOf(at), title: text, brand: text, description: text, options: ['Kind'],
    variants: [{ sku: `HOSTILE-${at}`, option_values: [text.slice(0, 80)], prices: [{ amount: 1900, currency: 'EUR' }] }],
    attributes,
  }
  const { status, body } = await asStaff('POST', '/v1/admin/products', { published: true, content })
  assert.equal(status, 201, `${text}: ${JSON.stringify(body)}`)
}

test('texts of a product are text, whatever stands in them: on its page, in lists, in the cart, on the order, in the mail', async () => {
  const asStaff = await staff()
  for (const [at, text] of CORPUS.entries()) await hostileProduct(asStaff, text, at)
  const { page, leave } = await visitor()
  for (const [at, text] of CORPUS.entries()) {
    await page.goto(`/products/${slugOf(at)}`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await unhurt(page, `the page of ${text}`)
    assert.equal(await page.locator('h1').textContent(), text, 'it is shown as it is')
    for (const ld of await page.locator('script[type="application/ld+json"]').allTextContents()) JSON.parse(ld)
  }
  await page.goto('/products')
  await unhurt(page, 'the list')
  await page.goto('/search?q=hurt')
  await unhurt(page, 'the search')
  await page.getByRole('combobox').first().pressSequentially(' window', { delay: 10 })
  await unhurt(page, 'the suggestions')

  await asStaff('POST', '/v1/admin/stock/adjustments', { sku: 'HOSTILE-1', location: 'main', change: 5, reason: 'received' })
  await page.goto(`/products/${slugOf(1)}`)
  await button(page, 'product.add').click()
  await page.getByRole('dialog').getByRole('link', { name: t('cart.checkout') }).click()
  await page.waitForURL('**/checkout')
  const email = address()
  await fillContact(page, email)
  await button(page, 'checkout.to_payment').click()
  await payButton(page).waitFor()
  await payWith(page, 'tok_approved')
  const number = await thanked(page)
  await unhurt(page, 'the confirmation')
  await page.goto(`/orders/${number}`)
  await page.getByText(t('timeline.placed')).waitFor()
  await unhurt(page, 'the order')
  await mailTo(email, number)
  await leave()
})

test('a name without a space makes no page wider than the narrowest phone', async () => {
  await hostileProduct(await staff(), 'W'.repeat(100), CORPUS.length)
  const { page, leave } = await visitor({ viewport: { width: 320, height: 800 } })
  for (const path of ['/', '/products', `/products/${slugOf(CORPUS.length)}`, `/search?q=${'w'.repeat(150)}`]) {
    await page.goto(path)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await fits(page, path)
  }
  await leave()
})

test('what is searched for, asked for in the address, or named after a number is text', async () => {
  const { page, leave } = await visitor({ allow: ['404', '400', '422'] })
  for (const text of CORPUS) {
    const said = encodeURIComponent(text)
    for (const path of [`/search?q=${said}`, `/de/products?brand=${said}&sort=${said}`, `/products/${said}`, `/pages/${said}`, `/${said}`, `/orders/${said}`, `/login?next=${said}`, `/verify?token=${said}`]) {
      await page.goto(path)
      await unhurt(page, path)
    }
  }
  await leave()
})

test('a name and an address of a customer are text in the account and on the order', async () => {
  const { page, leave } = await visitor({ allow: ['422'] })
  const email = address()
  const hostile = '"><img src=x onerror=window.hurt=1>'
  await api('POST', '/v1/users', { email, name: hostile, password: 'correct horse battery staple', locale: 'en' })
  await page.goto('/login')
  await field(page, 'address.email').fill(email)
  await field(page, 'password.label').fill('correct horse battery staple')
  await page.locator('main').getByRole('button', { name: t('account.log_in') }).click()
  await page.getByRole('heading', { name: hostile }).waitFor()
  await unhurt(page, 'the account')
  await leave()
})

test('next= leads nowhere but into this shop', async () => {
  const email = address()
  await api('POST', '/v1/users', { email, name: 'Ada', password: 'correct horse battery staple', locale: 'en' })
  for (const next of ['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:window.hurt=1', '/%09/evil.example', '\thttps://evil.example']) {
    const { page, leave } = await visitor({ allow: ['404'] })
    await page.goto(`/login?next=${encodeURIComponent(next)}`)
    await field(page, 'address.email').fill(email)
    await field(page, 'password.label').fill('correct horse battery staple')
    await page.locator('main').getByRole('button', { name: t('account.log_in') }).click()
    await page.waitForURL((url) => !url.pathname.startsWith('/login'))
    assert.equal(new URL(page.url()).origin, new URL(SHOP).origin, next)
    await unhurt(page, next)
    await leave()
  }
})
