// Puts what the gateway needs beside the export: body templates, texts, content pages, the home page's sections.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { marked } from 'marked'

const OUT = 'out/server'
rmSync(OUT, { recursive: true, force: true })
mkdirSync(`${OUT}/messages`, { recursive: true })
cpSync('server', OUT, { recursive: true })

for (const locale of readdirSync('messages')) {
  const parts = readdirSync(`messages/${locale}`).filter((name) => name.endsWith('.json')).sort()
  const texts = Object.assign({}, ...parts.map((name) => JSON.parse(readFileSync(`messages/${locale}/${name}`, 'utf8'))))
  writeFileSync(`${OUT}/messages/${locale}.json`, JSON.stringify(texts))
}

// A content page is Markdown: its first heading is the title, its first paragraph the description.
for (const locale of readdirSync('pages')) {
  mkdirSync(`${OUT}/pages/${locale}`, { recursive: true })
  for (const name of readdirSync(`pages/${locale}`)) {
    const text = readFileSync(`pages/${locale}/${name}`, 'utf8')
    const [heading = '', ...rest] = text.trim().split('\n')
    const body = rest.join('\n').trim()
    const description = (body.split('\n\n')[0] ?? '').replaceAll('\n', ' ')
    const page = { title: heading.replace(/^#\s*/, ''), description, html: marked.parse(body, { async: false }) }
    writeFileSync(`${OUT}/pages/${locale}/${name.replace(/\.md$/, '.json')}`, JSON.stringify(page))
  }
}
