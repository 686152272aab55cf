import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { api, audit, key, linkIn, mailTo, product, t, visitor } from './shop.mjs'
import { address, button, field, heading, link, payButton, payWith, thanked, withCart } from './words.mjs'

afterEach(audit)

const PASSWORD = 'correct horse battery staple'

async function registered(email) {
  await api('POST', '/v1/users', { email, name: 'Ada Lovelace', password: PASSWORD, locale: 'en' })
}

async function logIn(page, email, password = PASSWORD) {
  await field(page, 'address.email').fill(email)
  await field(page, 'password.label').fill(password)
  await page.locator('main').getByRole('button', { name: t('account.log_in') }).click()
}

test('one registers, confirms by the mail, keeps the cart, buys with the address book and buys again', async () => {
  const { page, leave } = await visitor()
  const email = address()
  const found = await product(6)
  await withCart(page, found)
  await page.goto('/register')
  await field(page, 'address.name').fill('Ada Lovelace')
  await field(page, 'address.email').fill(email)
  await field(page, 'password.label').fill(PASSWORD)
  await page.locator('main').getByRole('button', { name: t('register.submit') }).click()
  await heading(page, 'register.check').waitFor()
  await page.goto(linkIn(await mailTo(email, '/verify?token='), '/verify\\?token='))
  await button(page, 'verify.submit').click()
  await page.getByText(t('verify.done')).waitFor()
  assert.ok(!page.url().includes('token'), 'the token is not left in the address bar')

  await page.goto('/login?next=/account/addresses')
  await logIn(page, email)
  await heading(page, 'account.addresses').waitFor()
  await button(page, 'addresses.add').click()
  await field(page, 'address.name').fill('Ada Lovelace')
  await page.getByLabel(t('address.country'), { exact: true }).selectOption('DE')
  await field(page, 'address.line1').fill('Unter den Linden 1')
  await field(page, 'address.postal_code').fill('10117')
  await field(page, 'address.city').fill('Berlin')
  await button(page, 'account.save').click()
  await page.getByText(t('addresses.default')).waitFor()

  await page.goto('/checkout')
  await page.waitForFunction(() => document.querySelector('input[name=city]')?.value === 'Berlin')
  assert.equal(await field(page, 'address.email').inputValue(), email)
  await button(page, 'checkout.to_delivery').click()
  await button(page, 'checkout.to_payment').click()
  await payWith(page, 'tok_approved')
  const number = await thanked(page)

  await page.goto('/account/orders')
  await page.getByRole('link', { name: number }).click()
  await button(page, 'order.reorder').click()
  await page.getByRole('dialog').getByRole('link', { name: found.title }).waitFor()
  await page.keyboard.press('Escape')
  await button(page, 'order.cancel').click()
  await page.getByRole('dialog').getByRole('button', { name: t('order.cancel'), exact: true }).click()
  await page.getByText(t('timeline.canceled')).waitFor()
  await leave()
})

test('the cart of a guest goes into the cart of the account at login', async () => {
  const email = address()
  await registered(email)
  const [one, two] = [await product(7), await product(8)]
  const session = await api('POST', '/v1/sessions', { email, password: PASSWORD })
  await api('POST', '/v1/carts', { lines: [{ variant_id: one.variants[0].id, quantity: 1 }] }, { authorization: `Bearer ${session.body.token}`, 'idempotency-key': key() })
  const { page, leave } = await visitor()
  await withCart(page, two)
  await page.goto('/login?next=/cart')
  await logIn(page, email)
  await page.locator('main').getByRole('link', { name: one.title }).first().waitFor()
  await page.locator('main').getByRole('link', { name: two.title }).first().waitFor()
  await leave()
})

test('a wrong password says no more than that, and next= never leads to another shop', async () => {
  const email = address()
  await registered(email)
  const { page, leave } = await visitor({ allow: ['401'] })
  await page.goto('/login?next=//evil.example/')
  await logIn(page, email, 'wrong words here')
  await page.getByText(t('error.wrong_credentials')).waitFor()
  await logIn(page, 'nobody@example.com', 'wrong words here')
  await page.getByText(t('error.wrong_credentials')).waitFor()
  await logIn(page, email)
  await heading(page, 'account.hello', { name: 'Ada Lovelace' }).waitFor()
  assert.ok(page.url().endsWith('/account'))
  await leave()
})

test('a forgotten password is set anew by the mail, a weak one is refused beside its field', async () => {
  const email = address()
  await registered(email)
  const { page, leave } = await visitor({ allow: ['422'] })
  await page.goto('/forgot-password')
  await field(page, 'address.email').fill(email)
  await button(page, 'forgot.submit').click()
  await page.getByText(t('forgot.done')).waitFor()
  await page.goto(linkIn(await mailTo(email, '/reset-password?token='), '/reset-password\\?token='))
  await field(page, 'password.new').fill('password1')
  await button(page, 'reset.submit').click()
  await page.getByText(t('rule.strength')).waitFor()
  await field(page, 'password.new').fill('tulips under seven umbrellas')
  await button(page, 'reset.submit').click()
  await page.getByText(t('reset.done')).waitFor()
  await page.locator('main').getByRole('link', { name: t('account.log_in') }).click()
  await logIn(page, email, 'tulips under seven umbrellas')
  await heading(page, 'account.hello', { name: 'Ada Lovelace' }).waitFor()
  await leave()
})

test('a new password and logging out everywhere end the other sessions', async () => {
  const email = address()
  await registered(email)
  const { page, leave } = await visitor()
  const other = await visitor({ allow: ['401', '404'] })
  for (const each of [page, other.page]) {
    await each.goto('/login?next=/account/security')
    await logIn(each, email)
    await heading(each, 'security.sessions').waitFor()
  }
  await field(page, 'security.current').fill(PASSWORD)
  await field(page, 'password.new').fill('tulips under seven umbrellas')
  await button(page, 'security.change').click()
  await page.getByText(t('security.password_done')).waitFor()
  await other.page.waitForTimeout(5500)
  await other.page.reload()
  await heading(other.page, 'login.title').waitFor()
  await button(page, 'security.everywhere').click()
  await heading(page, 'login.title').waitFor()
  await other.leave()
  await leave()
})

test('an account page sends strangers to log in and brings them back', async () => {
  const email = address()
  await registered(email)
  const { page, leave } = await visitor()
  await page.goto('/de/account/orders')
  await page.waitForURL('**/de/login?next=*')
  await page.goto('/account/orders')
  await logIn(page, email)
  await heading(page, 'account.orders').waitFor()
  await link(page, 'account.overview').click()
  await button(page, 'account.log_out').click()
  await page.waitForURL((url) => url.pathname === '/')
  await leave()
})
