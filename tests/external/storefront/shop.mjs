// A browser in front of a shop, and the few words that the journeys are told in. Buttons and fields are found by what they are
// called, in the texts that the shop itself shows.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after } from 'node:test'
import { chromium } from 'playwright-core'

export const SHOP = process.env.SOUK_URL ?? 'http://127.0.0.1:8080'
const TEXTS = new URL('../../../web/storefront/messages/en/', import.meta.url)
const texts = Object.assign({}, ...readdirSync(TEXTS).map((name) => JSON.parse(readFileSync(new URL(name, TEXTS), 'utf8'))))
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

/** A text of the shop, in English. */
export function t(key, values = {}) {
  const text = texts[key]
  assert.ok(text, `no text ${key}`)
  return text.replace(/\{(\w+)\}/g, (hole, name) => String(values[name] ?? hole))
}

const profile = mkdtempSync(path.join(tmpdir(), 'souk-browser-'))
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS })
after(async () => {
  await browser.close()
  rmSync(profile, { recursive: true, force: true })
})

/** A visitor with a browser of their own. Whatever their console complains of, or their policy stops, fails the journey. */
export async function visitor(options = {}) {
  const { allow: allowed = [], ...rest } = options
  // The page of the sandbox's bank has no icon.
  const allow = ['favicon.ico', ...allowed]
  const context = await browser.newContext({ baseURL: SHOP, locale: 'en-GB', viewport: { width: 1280, height: 900 }, ...rest })
  const complaints = []
  await context.addInitScript(() => {
    window.__violations = []
    document.addEventListener('securitypolicyviolation', (event) => window.__violations.push(`${event.violatedDirective} ${event.blockedURI}`))
    window.__shift = 0
    try {
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.__shift += entry.value
      }).observe({ type: 'layout-shift', buffered: true })
    } catch { /* the browser does not measure it */ }
  })
  context.on('page', (page) => {
    page.setDefaultTimeout(15_000)
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
    page.on('console', (message) => {
      const text = `${message.text()} ${message.location().url}`
      if (message.type() === 'error' && !allow.some((each) => text.includes(each))) complaints.push(text)
    })
  })
  const page = await context.newPage()
  return {
    page,
    context,
    complaints,
    async leave() {
      const open = context.pages()
      const violations = (await Promise.all(open.map((each) => each.evaluate(() => window.__violations ?? []).catch(() => [])))).flat()
      await context.close()
      assert.deepEqual([...complaints, ...violations], [], 'the console stays quiet')
    },
  }
}

export async function api(method, where, body, headers = {}) {
  const answered = await fetch(SHOP + where, { method, headers: { 'content-type': 'application/json', ...headers }, body: body && JSON.stringify(body) })
  return { status: answered.status, body: await answered.json().catch(() => null), headers: answered.headers }
}

export const key = () => crypto.randomUUID()

/** A product that can be bought: the nth of the newest that has one variant and enough in stock. */
export async function product(nth = 0) {
  const { body } = await api('GET', '/v1/products?limit=60')
  let at = 0
  for (const summary of body.items.filter((each) => each.in_stock)) {
    const { body: found } = await api('GET', `/v1/products/${summary.slug}`)
    const { body: stock } = await api('GET', `/v1/products/${summary.slug}/availability`)
    if (found.variants.length === 1 && stock.variants[0].status === 'in_stock' && at++ === nth) return found
  }
  throw new Error('the demo catalog has too few products')
}

/** The staff of a demo shop. */
export async function staff() {
  const { body } = await api('POST', '/v1/sessions', { email: 'staff@souk.example', password: 'open-sesame-demo-42' })
  const headers = { authorization: `Bearer ${body.token}` }
  return (method, where, sent) => api(method, where, sent, method === 'GET' ? headers : { ...headers, 'idempotency-key': key() })
}

/** Books units away until only some can be sold. */
export async function leaveInStock(sku, left) {
  const asStaff = await staff()
  const { body } = await asStaff('GET', `/v1/admin/stock?sku=${sku}`)
  let keep = left
  for (const { location, available } of body.items.filter((each) => each.sku === sku)) {
    const stays = Math.min(keep, available)
    keep -= stays
    if (stays === available) continue
    const { status } = await asStaff('POST', '/v1/admin/stock/adjustments', { sku, location, change: stays - available, reason: 'counted' })
    assert.ok(status < 300, `the stock of ${sku} was booked: ${status}`)
  }
}

/** The newest mail to an address that has a word in it. */
export async function mailTo(email, word) {
  for (let tries = 0; tries < 60; tries += 1) {
    const { body } = await api('GET', '/dev/mailbox.json')
    const found = body.items.find((mail) => JSON.stringify(mail.to ?? mail.recipient).includes(email) && JSON.stringify(mail).includes(word))
    if (found) return JSON.stringify(found)
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  throw new Error(`no mail to ${email} with ${word}`)
}

/** Where a mail's link leads, within this shop. */
export function linkIn(mail, prefix) {
  const found = mail.match(new RegExp(`https?://[^"\\\\ <>]*(${prefix}[^"\\\\ <>]*)`))
  assert.ok(found, `a link to ${prefix}`)
  return found[1].replaceAll('&amp;', '&')
}

/** The auditor: goods, money, orders and mails agree. */
export function audit() {
  const command = process.env.SOUK_AUDIT
  if (!command) return
  execFileSync('bash', ['-c', command], { stdio: ['ignore', 'inherit', 'inherit'] })
}
