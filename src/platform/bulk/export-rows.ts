import type { ExportShape, FieldShape, ObjectShape } from './export-shape.ts'

type ListShape = Extract<FieldShape, { kind: 'list' }>
const noFields: ObjectShape = { fields: [], hasLists: false }

/** The nodes of the list in the data of a response. */
export function nodesIn(data: Record<string, unknown>, { list, edges, node }: ExportShape): object[] {
  return itemsOf(data[list], [edges, node])
}

/** How many rows there are: the nodes, and those of all lists below them. */
export function rowsIn(nodes: readonly object[], { fields }: ObjectShape): number {
  let count = nodes.length
  for (const field of fields) {
    if (field.kind === 'leaf' || (field.kind === 'object' && !field.shape.hasLists)) continue
    if (field.kind === 'object') {
      const parts = nodes.map((node) => propertyOf(node, field.key)).filter(isObject)
      count += rowsIn(parts, field.shape) - parts.length
    } else {
      for (const node of nodes)
        count += rowsIn(itemsOf(propertyOf(node, field.key), field.through), field.item ?? noFields)
    }
  }
  return count
}

/** The objects in a list, or in the edges of a connection. */
export function itemsOf(value: unknown, through: ListShape['through']): object[] {
  const found: object[] = []
  const items = through ? propertyOf(value, through[0]) : value
  if (!Array.isArray(items)) return found
  for (const item of items) {
    const row: unknown = through ? propertyOf(item, through[1]) : item
    if (isObject(row)) found.push(row)
  }
  return found
}

export function propertyOf(value: unknown, key: string): unknown {
  return isObject(value) ? Reflect.get(value, key) : undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
