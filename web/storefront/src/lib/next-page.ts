import { isLocale } from './locales'

/** Where to go on after signing in: a page of this shop, never somewhere else. */
export function nextPage(search: string, href: (path: string) => string): string {
  const wanted = new URLSearchParams(search).get('next') ?? ''
  if (!wanted.startsWith('/') || wanted.startsWith('//') || wanted.includes('\\')) return href('/account')
  const first = wanted.split(/[/?#]/)[1]
  return isLocale(first) ? wanted : href(wanted)
}
