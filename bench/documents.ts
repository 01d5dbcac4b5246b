import type { Shape } from './names.ts'

/** The documents for Frontdoor's API. Contenders that serve the same API get the same documents. */
export const documents: Record<Shape, string> = {
  typename: 'query Typename { __typename }',
  product: product('Product'),
  get: product('Get'),
  nodes: `query Nodes($ids: [ID!]!) { nodes(ids: $ids) {
    ... on Product { name } ... on Customer { name } ... on Supplier { name } ... on Order { number }
    ... on OrderLine { quantity }
  } }`,
  list: 'query List { products(first: 20) { edges { node { sku name packaging discontinued version } } } }',
  search: `query Search($text: String!) { products(first: 10, filter: { nameContains: $text }) {
    edges { node { sku name } }
  } }`,
  count: 'query Count($status: OrderStatus!) { orders(filter: { status: [$status] }) { totalCount } }',
  orders20: `query Orders20 { orders(first: 20) { edges { node {
    number status customer { name } lines { quantity product { name category { name } supplier { name } } }
  } } } }`,
  own: `query Own { orders(first: 20) { edges { node {
    number status total { amount } lines { quantity product { name } }
  } } } }`,
  deep: `query Deep($id: ID!) { customer(id: $id) {
    name orderCount
    orders(first: 5) { totalCount edges { node {
      number status total { amount } grandTotal { amount }
      lines { quantity total { amount } product { name category { name } } }
    } } }
  } }`,
  pageFirst: page('PageFirst', 20),
  page: page('Page', 20),
  place: `mutation Place($input: OrderPlaceInput!) { orderPlace(input: $input) {
    userErrors { code }
    order { number status total { amount } customer { name } lines { quantity product { name } } }
  } }`,
}

/** Walks to the far page, a hundred rows at a time. */
export const walkDocument = page('Walk', 100)

function product(name: string): string {
  return `query ${name}($sku: String!) {
    product(sku: $sku) { name unitPrice { amount currency } category { name } supplier { name } }
  }`
}

function page(name: string, first: number): string {
  return `query ${name}($after: String) {
    orders(first: ${first}, after: $after, filter: { status: [DELIVERED] }, sort: { field: TOTAL, direction: DESC }) {
      edges { node { number placedAt total { amount } customer { name } } }
      pageInfo { hasNextPage endCursor }
    }
  }`
}
