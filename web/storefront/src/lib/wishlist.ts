'use client'

import { useSyncExternalStore } from 'react'

/** What was marked with a heart: slugs, newest first, kept by this browser alone. */
const KEY = 'souk.wishlist'
const ENTRIES_MAX = 50
const NONE: string[] = []
let read: string[] | null = null
const listeners = new Set<() => void>()

function slugs(): string[] {
  if (read) return read
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    read = Array.isArray(kept) ? kept.filter((each): each is string => typeof each === 'string').slice(0, ENTRIES_MAX) : NONE
  } catch {
    read = NONE
  }
  return read
}

export function toggleWish(slug: string) {
  const now = slugs()
  read = now.includes(slug) ? now.filter((each) => each !== slug) : [slug, ...now].slice(0, ENTRIES_MAX)
  try {
    localStorage.setItem(KEY, JSON.stringify(read))
  } catch {
    // Without storage it lasts as long as the page.
  }
  for (const listener of listeners) listener()
}

function onStorage(event: StorageEvent) {
  if (event.key !== KEY) return
  read = null
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) window.addEventListener('storage', onStorage)
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) window.removeEventListener('storage', onStorage)
  }
}

export function useWishlist(): string[] {
  return useSyncExternalStore(subscribe, slugs, () => NONE)
}
