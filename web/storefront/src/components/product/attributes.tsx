'use client'

import type { ProductPage } from '@/lib/api/types'
import { useI18n } from '@/lib/i18n'
import { readable } from '@/lib/readable'

/** Facts about the product, as a table that screen readers can walk. */
export function Attributes({ attributes }: { attributes: ProductPage['attributes'] }) {
  const { t } = useI18n()
  if (attributes.length === 0) return null
  const told = (value: string | number | boolean) => (typeof value === 'boolean' ? t(value ? 'product.yes' : 'product.no') : String(value))
  return (
    <section className="mt-8">
      <h2 className="text-lg font-bold">{t('product.attributes')}</h2>
      <table className="mt-3 w-full text-left">
        <tbody className="divide-y divide-line border-y border-line">
          {attributes.map(({ name, value }) => (
            <tr key={name}>
              <th scope="row" className="w-2/5 py-3 pr-4 font-normal text-muted first-letter:uppercase">{readable(name)}</th>
              <td className="py-3 first-letter:uppercase">{told(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
