import { decimalIn } from '../form/typed-values.ts'
import type { ProductFilter, ProductSort } from '../gql/graphql.ts'

/** The filters in the URL, as text that people typed. */
export type Filters = { search: string; category: string; min: string; max: string; inStock: boolean; sort: string }

export const sorts = {
  name: { label: 'Name', sort: { field: 'NAME', direction: 'ASC' } },
  'price-up': { label: 'Price, lowest first', sort: { field: 'PRICE', direction: 'ASC' } },
  'price-down': { label: 'Price, highest first', sort: { field: 'PRICE', direction: 'DESC' } },
} as const satisfies Record<string, { label: string; sort: ProductSort }>

/** The shop's currency. The price filter is a range of amounts in one currency. */
export const currency = 'USD'

export function filtersIn(search: URLSearchParams): Filters {
  const text = (name: string) => search.get(name) ?? ''
  return {
    search: text('search'),
    category: text('category'),
    min: text('min'),
    max: text('max'),
    inStock: text('stock') === 'in',
    sort: isSort(text('sort')) ? text('sort') : 'name',
  }
}

/** The URL has only the filters that are set. */
export function searchOf({ search, category, min, max, inStock, sort }: Filters): URLSearchParams {
  const set = { search, category, min, max, stock: inStock ? 'in' : '', sort: sort === 'name' ? '' : sort }
  return new URLSearchParams(Object.entries(set).filter(([, value]) => value !== ''))
}

export function variablesOf(filters: Filters): { filter: ProductFilter; sort: ProductSort } {
  const { search, category, inStock, sort } = filters
  const [min, max] = [decimalIn(filters.min), decimalIn(filters.max)]
  return {
    filter: {
      discontinued: false,
      ...(search.trim() && { nameContains: search.trim() }),
      ...(category && { categoryId: category }),
      ...((min ?? max) !== undefined && { price: { currency, ...(min && { min }), ...(max && { max }) } }),
      ...(inStock && { inStock }),
    },
    sort: sorts[isSort(sort) ? sort : 'name'].sort,
  }
}

function isSort(text: string): text is keyof typeof sorts {
  return Object.hasOwn(sorts, text)
}
