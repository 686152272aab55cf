'use client'

import { pictureOf } from '@/components/art'
import { LockIcon, ReturnIcon, TruckIcon } from '@/components/icons'
import { usePage } from '@/components/page'
import { ProductGrid } from '@/components/product-card'
import type { ProductSummary } from '@/lib/api/types'
import type { HomeSection } from '@/lib/document'
import { useI18n } from '@/lib/i18n'

const SHOWN_BESIDE_HERO = 3

export function Hero({ section, products }: { section: HomeSection; products: ProductSummary[] }) {
  const { t, href } = useI18n()
  return (
    <section className="bg-sunken">
      <div className="wrap grid items-center gap-10 py-12 sm:py-16 lg:grid-cols-2 lg:gap-16 lg:py-24">
        <div>
          <h1 className="text-4xl leading-[1.08] font-extrabold tracking-tight sm:text-5xl lg:text-6xl">{t(section.title ?? '')}</h1>
          <p className="mt-5 max-w-lg text-lg leading-8 text-muted">{t(section.text ?? '')}</p>
          <a href={href(section.link ?? '/products')} className="btn-primary mt-8 px-7 py-3">{t(section.label ?? 'home.hero.label')}</a>
        </div>
        <ul className="grid grid-cols-3 grid-rows-2 gap-3 sm:gap-4">
          {products.slice(0, SHOWN_BESIDE_HERO).map((product, at) => (
            <li key={product.id} className={at === 0 ? 'col-span-2 row-span-2' : ''}>
              <a href={href(`/products/${product.slug}`)} className="block aspect-square overflow-hidden rounded-card bg-surface">
                <img src={pictureOf(product.slug, product.image)} alt={product.title} width="400" height="400" className="size-full object-cover" />
              </a>
            </li>
          ))}
        </ul>
      </div>
    </section>
  )
}

export function CategoryTiles({ section }: { section: HomeSection }) {
  const { t, href } = useI18n()
  const { categories } = usePage()
  if (categories.length === 0) return null
  return (
    <section className="wrap mt-16 sm:mt-24">
      <h2 className="heading">{t(section.title ?? 'home.categories')}</h2>
      <ul className="mt-6 grid grid-cols-2 gap-4 sm:mt-8 sm:gap-6 lg:grid-cols-4">
        {categories.map((category) => (
          <li key={category.path}>
            <a href={href(`/categories/${category.path}`)} className="group block overflow-hidden rounded-card bg-sunken">
              <img src={`/art/${category.path.split('/').pop()}.svg`} alt="" width="400" height="300" loading="lazy" className="aspect-4/3 w-full object-cover transition-transform duration-500 group-hover:scale-[1.03]" />
              <span className="block px-4 py-3.5 font-semibold group-hover:underline sm:px-5">{category.title}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  )
}

export function Products({ section }: { section: HomeSection }) {
  const { t, href } = useI18n()
  if (!section.products?.length) return null
  const all = section.kind === 'collection' ? `/collections/${section.slug}` : '/products?sort=newest'
  return (
    <section className="wrap mt-16 sm:mt-24">
      <div className="flex flex-wrap items-baseline justify-between gap-x-6">
        <h2 className="heading">{t(section.title ?? 'home.newest')}</h2>
        <a href={href(section.link ?? all)} className="link inline-flex min-h-11 items-center font-medium">{t('home.see_all')}<span className="sr-only">: {t(section.title ?? 'home.newest')}</span></a>
      </div>
      <ProductGrid products={section.products} className="grid-products mt-4 sm:mt-6" />
    </section>
  )
}

export function Promises() {
  const { t, href } = useI18n()
  const promises = [
    { icon: <TruckIcon />, key: 'shipping', to: '/pages/shipping' },
    { icon: <ReturnIcon />, key: 'returns', to: '/pages/returns' },
    { icon: <LockIcon />, key: 'payment', to: '/pages/terms' },
  ]
  return (
    <section className="wrap mt-16 sm:mt-24">
      <h2 className="sr-only">{t('home.promise')}</h2>
      <ul className="card grid gap-x-8 gap-y-7 p-6 sm:grid-cols-3 sm:p-8">
        {promises.map(({ icon, key, to }) => (
          <li key={key} className="flex gap-4">
            <span className="mt-0.5 shrink-0 text-accent">{icon}</span>
            <div>
              <h3 className="font-semibold"><a href={href(to)} className="hover:underline">{t(`home.promise.${key}`)}</a></h3>
              <p className="mt-1 text-sm leading-6 text-muted">{t(`home.promise.${key}_text`)}</p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}
