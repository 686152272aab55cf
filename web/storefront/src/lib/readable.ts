/** Names of catalogs, such as `cable_length`, as people read them. */
export function readable(name: string): string {
  return name.replaceAll('_', ' ').trim()
}
