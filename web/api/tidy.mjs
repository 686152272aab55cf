// Takes the generator's advertisements out of what it has written: comments that name packages and their pages.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

for (const name of readdirSync('src', { recursive: true }).filter((each) => each.endsWith('.ts'))) {
  const file = path.join('src', name)
  const text = readFileSync(file, 'utf8')
  const kept = text.split('\n').filter((line) => !/^\s*\*.*https:\/\/www\.npm/.test(line)).join('\n')
  if (kept !== text) writeFileSync(file, kept)
}
