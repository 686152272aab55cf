'use client'

import type { ReactNode } from 'react'
import { Page } from '@/components/page'

/** A page with one form in its middle: signing in, registering, passwords. */
export function Narrow({ title, text, children }: { title: string; text?: string; children: ReactNode }) {
  return (
    <div className="wrap grid min-h-[70vh] place-items-start justify-center py-12 sm:py-16">
      <div className="w-full max-w-md">
        <h1 className="text-3xl font-bold tracking-tight">{title}</h1>
        {text && <p className="mt-2 text-muted">{text}</p>}
        <div className="mt-6">{children}</div>
      </div>
    </div>
  )
}

export function NarrowPage({ children }: { children: ReactNode }) {
  return <Page>{() => children}</Page>
}
