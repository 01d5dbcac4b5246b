export const contenderNames = ['frontdoor', 'postgraphile', 'sql', 'plain', 'cached'] as const
/**
 * Measured only where they are named: Frontdoor in another checkout, to compare a change with the commit before it, and
 * Frontdoor with traces and metrics.
 */
export const namedOnly = ['base', 'traced'] as const
export type ContenderName = (typeof contenderNames)[number] | (typeof namedOnly)[number]

export const shapes = [
  ...['typename', 'product', 'get', 'nodes', 'list', 'search', 'count', 'orders20', 'own', 'deep'],
  ...['pageFirst', 'page', 'place'],
] as const
export type Shape = (typeof shapes)[number]

/** The shapes in the order of the report, with their titles. */
export const shapeTitles: Record<Shape, string> = {
  typename: '`{ __typename }`',
  product: 'one product by SKU',
  get: 'the product by GET',
  nodes: '`nodes` of 50 ids of 5 types',
  list: 'a list of 20 products',
  search: 'a search in names, as it is typed',
  count: 'a count with a filter',
  orders20: '20 orders, lines, products',
  own: 'a customer’s own 20 orders, lines, products',
  deep: 'a customer, 5 orders, totals',
  pageFirst: 'filtered, sorted: page 1',
  page: 'filtered, sorted: a page far down',
  place: '`orderPlace`, 3 lines',
}
