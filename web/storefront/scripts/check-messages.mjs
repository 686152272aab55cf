// Texts in all languages: the same keys, the same holes, none that is asked for and missing, none that nobody asks for.
import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'

const complaints = []
const languages = Object.fromEntries(readdirSync('messages').map((locale) => [locale, texts(locale)]))
const { en, ...others } = languages

function texts(locale) {
  const all = {}
  for (const name of readdirSync(`messages/${locale}`).filter((each) => each.endsWith('.json')).sort()) {
    for (const [key, text] of Object.entries(JSON.parse(readFileSync(`messages/${locale}/${name}`, 'utf8')))) {
      if (key in all) complaints.push(`${locale}/${name}: ${key} is there twice`)
      all[key] = text
    }
  }
  return all
}

const holes = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort().join()
for (const [locale, own] of Object.entries(others)) {
  for (const key of Object.keys(en)) {
    if (!(key in own)) complaints.push(`${locale}: ${key} is missing`)
    else if (holes(own[key]) !== holes(en[key])) complaints.push(`${locale}: ${key} has the holes {${holes(own[key])}}, English {${holes(en[key])}}`)
  }
  for (const key of Object.keys(own)) if (!(key in en)) complaints.push(`${locale}: ${key} is not there in English`)
}

const sources = ['app', 'src', 'server'].flatMap((folder) => readdirSync(folder, { recursive: true }).map((name) => path.join(folder, name)))
  .filter((name) => /\.(tsx?|html|json)$/.test(name)).map((name) => [name, readFileSync(name, 'utf8')])
const asked = new Set()
// Keys that are put together: everything that begins and ends so is asked for. The gateway asks for heads.
const patterns = [/^head\./]
for (const [name, source] of sources) {
  for (const [, key] of source.matchAll(/\bt\(\s*['"]([a-z][\w.-]*\w)['"]/g)) {
    asked.add(key)
    if (!(key in en)) complaints.push(`${name}: ${key} is asked for and not there`)
  }
  for (const [, key] of source.matchAll(/['"]([a-z][\w-]*(?:\.[\w-]+)+)['"]/g)) asked.add(key)
  // Templates of the gateway put keys together with `~`.
  for (const [, start] of source.matchAll(/\bt\("([a-z][\w.-]*\.)" ~/g)) patterns.push(new RegExp(`^${start.replace(/[.]/g, '\\.')}[\\w.-]+$`))
  for (const [, key] of source.matchAll(/`([a-z][\w-]*\.[^`]*\$\{[^`]*)`/g)) {
    patterns.push(new RegExp(`^${key.split(/\$\{[^}]*\}/).map((part) => part.replace(/[.]/g, '\\.')).join('[\\w.-]+')}$`))
  }
}
for (const key of Object.keys(en)) {
  if (!asked.has(key) && !patterns.some((pattern) => pattern.test(key))) complaints.push(`${key} is asked for by nobody`)
}
for (const complaint of complaints) console.error(complaint)
if (complaints.length > 0) process.exit(1)
