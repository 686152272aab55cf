import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import type { Locale } from './locales'

export type Messages = Record<string, string>

/** All texts of a language, at build time: `messages/<locale>/*.json`, merged. */
export function loadMessages(locale: Locale): Messages {
  const folder = path.join(process.cwd(), 'messages', locale)
  const parts = readdirSync(folder).filter((name) => name.endsWith('.json')).sort()
  return Object.assign({}, ...parts.map((name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Messages))
}
