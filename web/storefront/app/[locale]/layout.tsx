import '../../styles/globals.css'
import type { Metadata, Viewport } from 'next'
import localFont from 'next/font/local'
import { notFound } from 'next/navigation'
import type { ReactNode } from 'react'
import { I18n } from '@/lib/i18n'
import { isLocale, LOCALES } from '@/lib/locales'
import { loadMessages } from '@/lib/messages'

// Loaded ahead and never swapped in: what is read does not move. Who has it not in time reads in their own font, in its widths.
const inter = localFont({
  src: '../../node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2',
  weight: '100 900',
  display: 'optional',
  variable: '--font-inter',
  adjustFontFallback: 'Arial',
})

export const dynamicParams = false
// The gateway writes the head of each page where the marker stands (docs/guides/storefront.md).
export const metadata: Metadata = {}
export const viewport: Viewport = { width: 'device-width', initialScale: 1 }

export function generateStaticParams() {
  return LOCALES.map((locale) => ({ locale }))
}

// Before anything is painted: dark or light as chosen here before, else as the system says.
const MODE = `(function(){var m;try{m=localStorage.getItem('souk.mode')}catch(e){}
if(m!=='dark'&&m!=='light')m=matchMedia('(prefers-color-scheme: dark)').matches?'dark':'light';
document.documentElement.dataset.mode=m})()`

interface Props {
  children: ReactNode
  params: Promise<{ locale: string }>
}

export default async function Layout({ children, params }: Props) {
  const { locale } = await params
  if (!isLocale(locale)) notFound()
  return (
    <html lang={locale} className={inter.variable} suppressHydrationWarning>
      <head>
        <meta name="souk-head" content="slot" />
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="manifest" href="/site.webmanifest" />
        <script dangerouslySetInnerHTML={{ __html: MODE }} />
      </head>
      <body>
        <I18n locale={locale} messages={loadMessages(locale)}>
          {children}
        </I18n>
      </body>
    </html>
  )
}
