export const contenderNames = ['frontdoor', 'postgraphile', 'sql', 'plain'] as const
/**
 * Measured only where they are named. `cached` is Frontdoor with cached responses, which the others do not have; `base` is
 * Frontdoor in another checkout, to compare a change with the commit before it.
 */
export const namedOnly = ['cached', 'base'] as const
export type ContenderName = (typeof contenderNames)[number] | (typeof namedOnly)[number]

export const shapes = ['typename', 'product', 'list', 'orders20', 'deep', 'pageFirst', 'page', 'place'] as const
export type Shape = (typeof shapes)[number]

/** The shapes in the order of the report, with their titles. */
export const shapeTitles: Record<Shape, string> = {
  typename: '`{ __typename }`',
  product: 'one product by SKU',
  list: 'a list of 20 products',
  orders20: '20 orders, lines, products',
  deep: 'a customer, 5 orders, totals',
  pageFirst: 'filtered, sorted: page 1',
  page: 'filtered, sorted: a page far down',
  place: '`orderPlace`, 3 lines',
}
