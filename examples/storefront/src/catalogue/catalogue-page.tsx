import { useEffect, useState } from 'react'
import { useQuery } from 'urql'
import { useSearchParams } from 'wouter'
import { graphql } from '../gql/index.ts'
import { announce } from '../layout/announcer.tsx'
import { Empty } from '../layout/empty.tsx'
import { FailureNotice } from '../layout/failure-notice.tsx'
import { Page } from '../layout/page.tsx'
import { ShowMore } from '../layout/show-more.tsx'
import { Skeleton } from '../layout/skeleton.tsx'
import './catalogue.css'
import { FilterPanel } from './filter-panel.tsx'
import { type Filters, filtersIn, searchOf, variablesOf } from './filters.ts'
import { ProductCard } from './product-card.tsx'
import { useLiveProducts } from './use-live-products.ts'

const Catalogue = graphql(`
  query Catalogue($first: Int!, $after: String, $filter: ProductFilter, $sort: ProductSort) {
    products(first: $first, after: $after, filter: $filter, sort: $sort) {
      totalCount
      edges {
        node {
          id
          ...ProductCardProduct
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
    categories(first: 50) {
      edges {
        node {
          id
          name
          ...CategoryChoice
        }
      }
    }
  }
`)

const pageSize = 12

export function CataloguePage() {
  const [search, setSearch] = useSearchParams()
  const filters = filtersIn(search)
  const change = (part: Partial<Filters>) => setSearch(searchOf({ ...filters, ...part }), { replace: true })
  const key = searchOf(filters).toString()
  const [page, setPage] = useState<{ key: string; after: string }>()
  const after = page?.key === key ? page.after : undefined
  const [{ data, fetching, error }, ask] = useQuery({
    query: Catalogue,
    variables: { first: pageSize, after, ...variablesOf(filters) },
  })
  const products = data?.products
  useLiveProducts(products?.edges.map(({ node }) => node.id) ?? [])
  const categories = data?.categories?.edges.map(({ node }) => node) ?? []
  const chosen = categories.find(({ id }) => id === filters.category)
  const isOther = fetching && after === undefined
  const shown = products?.edges.length ?? 0
  const count = products?.totalCount
  useEffect(() => {
    if (!isOther && count !== undefined) announce(countText(count))
  }, [isOther, count])

  useEffect(() => {
    if (after !== undefined && !fetching) announce(`${shown} of ${countText(count ?? shown)} are shown.`)
  }, [after, fetching, shown, count])

  return (
    <Page
      title={chosen?.name ?? 'All products'}
      intro={
        <p className="muted">{count === undefined ? 'Good things to eat, from small makers.' : countText(count)}</p>
      }
      className="catalogue"
    >
      <FilterPanel filters={filters} categories={categories} onChange={change} />
      {error && <FailureNotice error={error} retry={() => ask({ requestPolicy: 'network-only' })} />}
      {products?.edges.length === 0 && !isOther && <NothingFound onClear={() => setSearch('')} />}
      <ul className="cards" aria-busy={isOther} aria-label="Products">
        {products?.edges.map(({ node }) => (
          <ProductCard key={node.id} product={node} />
        ))}
        {!products && !error && <SkeletonCards />}
      </ul>
      <ShowMore
        hasMore={products?.pageInfo.hasNextPage === true && !error}
        isLoading={fetching && after !== undefined}
        onMore={() => products?.pageInfo.endCursor && setPage({ key, after: products.pageInfo.endCursor })}
      />
    </Page>
  )
}

function NothingFound({ onClear }: { onClear: () => void }) {
  return (
    <Empty title="Nothing like that here">
      <p>Look for something else, or see everything there is.</p>
      <button type="button" className="button" onClick={onClear}>
        Clear all filters
      </button>
    </Empty>
  )
}

function SkeletonCards() {
  return Array.from({ length: 8 }, (_, card) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same, and never move.
    <li key={card} className="card">
      <Skeleton className="skeleton-card" />
    </li>
  ))
}

function countText(count: number): string {
  return count === 1 ? '1 product' : `${count} products`
}
