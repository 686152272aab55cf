// How a page looks and weighs: for everybody, at every width, in both modes.
import { AxeBuilder } from '@axe-core/playwright'
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'

const SHOTS = process.env.SCREENSHOTS ?? new URL('../../../target/screenshots/', import.meta.url).pathname
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
/** Scripts and styles as they travel: more is slow on a phone. */
export const WEIGHT_MAX = 200_000
/** What moved of the screen without being asked; a millimeter in a thousand is rounding. */
export const SHIFT_MAX = 0.001

/** No violation that axe knows of. */
export async function accessible(page, name) {
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze()
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)
  assert.deepEqual(told, [], `${name} is accessible`)
}

export async function picture(page, name) {
  mkdirSync(SHOTS, { recursive: true })
  await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true })
}

export async function still(page, name) {
  const shift = await page.evaluate(() => window.__shift)
  assert.ok(shift <= SHIFT_MAX, `${name} jumps: ${shift}`)
}

/** Nothing has to be scrolled sideways. */
export async function fits(page, name) {
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  assert.ok(beyond <= 0, `${name} is wider than the screen`)
}

/** Bytes of scripts and styles that a page has loaded, compressed as the shop sent them. */
export async function weigh(page) {
  return page.evaluate(() =>
    performance.getEntriesByType('resource').filter(({ name }) => /\.(js|css)(\?|$)/.test(name)).reduce((sum, entry) => sum + entry.encodedBodySize, 0))
}
