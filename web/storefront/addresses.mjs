import { readdirSync } from 'node:fs'

const DEFAULT_LOCALE = 'en'

// Address of the shop → page that is built. The gateway has the same table (services/gateway/src/storefront).
const ADDRESSES = /** @type {[string, string][]} */ ([
  ['/', 'home'], ['/products', 'products'], ['/products/:slug', 'product'], ['/categories/:path+', 'category'],
  ['/collections/:slug', 'collection'], ['/search', 'search'], ['/cart', 'cart'], ['/checkout', 'checkout'],
  ['/checkout/confirmation', 'confirmation'], ['/orders', 'track'], ['/orders/:number', 'order'], ['/account', 'account'],
  ['/account/:section', 'account'], ['/login', 'login'], ['/register', 'register'], ['/forgot-password', 'forgot'],
  ['/reset-password', 'reset'], ['/verify', 'verify'], ['/pages/:slug', 'page'], ['/offline', 'offline'],
])

/**
 * For `next dev` and for a deployment on Node: pages by their addresses, everything of the API from the shop.
 * @param {string} shop
 */
export function rewrites(shop) {
  const locales = readdirSync(new URL('messages', import.meta.url))
  const pages = locales.flatMap((locale) =>
    ADDRESSES.map(([source, kind]) => ({
      source: locale === DEFAULT_LOCALE ? source : `/${locale}${source === '/' ? '' : source}`,
      destination: `/${locale}/${kind}`,
    })),
  )
  const api = ['/v1/:path*', '/storefront/:path*', '/art/:path*', '/dev/:path*', '/docs/:path*'].map((source) => ({ source, destination: `${shop}${source}` }))
  return { beforeFiles: api, afterFiles: pages, fallback: [] }
}
