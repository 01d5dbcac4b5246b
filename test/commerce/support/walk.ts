import { z } from 'zod'
import { dataOf, type World } from '../../support/world.ts'

export type Caller = ReturnType<World['as']>

/** A page of a connection, with the fields that a walk reads. */
export function pageOf<T>(node: z.ZodType<T>) {
  return z.object({
    edges: z.array(z.object({ node })),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  })
}

interface Walk<T> {
  field: string
  /** Arguments beside `first` and `after`: `filter: { inStock: true }`. */
  args?: string
  /** The selection of each node. */
  select: string
  node: z.ZodType<T>
  first?: number
}

/** Every node of a root list, read page by page with cursors as a client would. */
export async function walk<T>(caller: Caller, { field, args = '', select, node, first = 100 }: Walk<T>): Promise<T[]> {
  const query = `query Walk($after: String) {
    list: ${field}(first: ${first}, after: $after ${args}) { edges { node { ${select} } } pageInfo { hasNextPage endCursor } }
  }`
  const shape = z.object({ list: pageOf(node) })
  const nodes: T[] = []
  let after: string | null = null
  do {
    const { list }: z.infer<typeof shape> = dataOf(await caller.query(query, { after }), shape)
    nodes.push(...list.edges.map((edge) => edge.node))
    after = list.pageInfo.hasNextPage ? list.pageInfo.endCursor : null
  } while (after !== null)
  return nodes
}
