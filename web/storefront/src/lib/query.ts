/** What a list is narrowed down by and ordered by, as its address says it. */
export type ListQuery = URLSearchParams

/** The page's own parameters: without those that belong to a single answer or to every link. */
export function ownQuery(search: string): ListQuery {
  const query = new URLSearchParams(search)
  query.delete('cursor')
  query.delete('currency')
  return query
}

export function withValue(query: ListQuery, name: string, value: string | null): ListQuery {
  const next = new URLSearchParams(query)
  if (value === null || value === '') next.delete(name)
  else next.set(name, value)
  return next
}

/** Adds a value, or takes it away when it is there; the others of that name stay. */
export function toggled(query: ListQuery, name: string, value: string): ListQuery {
  if (!query.has(name, value)) {
    const next = new URLSearchParams(query)
    next.append(name, value)
    return next
  }
  return new URLSearchParams([...query].filter(([key, held]) => key !== name || held !== value))
}

/** Without any filter; the order and what was searched for stay. */
export function withoutFilters(query: ListQuery): ListQuery {
  return new URLSearchParams([...query].filter(([key]) => key === 'q' || key === 'sort'))
}

export function addressOf(path: string, query: ListQuery): string {
  const text = query.toString()
  return text ? `${path}?${text}` : path
}
