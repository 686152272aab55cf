/** Picture of a product: its own, or the one that the shop draws from its slug. */
export function pictureOf(slug: string, url?: string | null): string {
  return url && (url.startsWith('https://') || url.startsWith('/')) ? url : `/art/${slug}.svg`
}
