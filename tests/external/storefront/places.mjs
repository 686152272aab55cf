// Every kind of page of the shop, with what must stand on it.
import { api, product, t } from './shop.mjs'

/** Pages that anybody may see: address by name. */
export async function publicPages() {
  const found = await product(0)
  const { body } = await api('GET', '/v1/categories')
  const word = found.title.split(' ')[0]
  return {
    home: '/',
    products: '/products',
    category: `/categories/${body.items[0].path}`,
    product: `/products/${found.slug}`,
    search: `/search?q=${encodeURIComponent(word)}`,
    'search-nothing': '/search?q=xyzzyplugh',
    page: '/pages/about',
  }
}

/** Pages that belong to whoever looks at them. `ready` tells when they have their data. */
export const PRIVATE = {
  'cart-empty': { path: '/cart', ready: (page) => page.locator('main').getByText(t('cart.empty')) },
  'checkout-empty': { path: '/checkout', ready: (page) => page.locator('main').getByText(t('cart.empty')) },
  track: { path: '/orders', ready: (page) => page.getByRole('button', { name: t('track.submit') }) },
  order: { path: '/orders/ABCDEFGH', ready: (page) => page.getByRole('button', { name: t('track.submit') }) },
  login: { path: '/login', ready: (page) => page.getByRole('heading', { name: t('login.title') }) },
  register: { path: '/register', ready: (page) => page.getByRole('heading', { name: t('register.title') }) },
  forgot: { path: '/forgot-password', ready: (page) => page.getByRole('heading', { name: t('forgot.title') }) },
  reset: { path: '/reset-password?token=x', ready: (page) => page.getByRole('button', { name: t('reset.submit') }) },
  verify: { path: '/verify?token=x', ready: (page) => page.getByRole('button', { name: t('verify.submit') }) },
  confirmation: { path: '/checkout/confirmation', ready: (page) => page.getByText(t('confirmation.none')) },
}
