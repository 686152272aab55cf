'use client'

import { useEffect, useState } from 'react'

/** The token of a mailed link; `undefined` until the address was read. It is taken out of the address bar, the history and what others might be told of it. */
export function useMailedToken(): string | null | undefined {
  const [token, setToken] = useState<string | null | undefined>(undefined)
  useEffect(() => {
    const found = new URLSearchParams(location.search).get('token')
    setToken((before) => before ?? found)
    if (found) history.replaceState(history.state, '', location.pathname)
  }, [])
  return token
}
