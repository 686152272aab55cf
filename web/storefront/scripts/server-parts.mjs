// Puts what the gateway needs beside the export: body templates, texts, content pages, the home page's sections.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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

// The gateway writes into two places of each page; a page without them is no template.
const SLOTS = ['<meta name="souk-head" content="slot"/>', '<div id="souk-body"></div>']
for (const locale of readdirSync('messages')) {
  for (const name of readdirSync(`out/${locale}`).filter((each) => each.endsWith('.html'))) {
    const html = readFileSync(`out/${locale}/${name}`, 'utf8')
    for (const slot of SLOTS) if (html.split(slot).length !== 2) throw new Error(`out/${locale}/${name} must hold ${slot} once`)
  }
}

// What the binary is built with. Next's .txt files serve a navigation that the shop does not use.
const EMBEDDED = '../out'
for (const name of existsSync(EMBEDDED) ? readdirSync(EMBEDDED) : []) {
  if (name !== '.gitignore') rmSync(`${EMBEDDED}/${name}`, { recursive: true })
}
cpSync('out', EMBEDDED, { recursive: true, filter: (file) => !file.endsWith('.txt') })
