import path from 'node:path'
import type { NextConfig } from 'next'

// One app, two ways to run it. `next build` makes a static export, which the souk binary embeds and fills (docs/guides/storefront.md).
// SOUK_NODE=1 makes an ordinary Node deployment for teams that extend it: the addresses of the shop are mapped to the same pages.
const onNode = process.env.SOUK_NODE === '1'
const shop = process.env.SOUK_URL ?? 'http://127.0.0.1:8080'

const config: NextConfig = {
  output: onNode ? undefined : 'export',
  distDir: onNode ? '.next-node' : '.next',
  reactStrictMode: true,
  poweredByHeader: false,
  images: { unoptimized: true },
  turbopack: { root: path.join(import.meta.dirname, '..') },
  ...(onNode || process.env.NODE_ENV === 'development' ? { rewrites: async () => await addresses() } : {}),
}

/** What the gateway does with addresses when it serves the export, done by Next. */
async function addresses() {
  const { rewrites } = await import('./addresses.mjs')
  return rewrites(shop)
}

export default config
