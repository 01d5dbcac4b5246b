import { type FieldNode, type GraphQLField, type GraphQLObjectType, getNamedType, isObjectType, print } from 'graphql'
import { fieldsOf, isModel } from '../../database/data-model.ts'
import { type CollectedFields, collectFields, type Selecting } from '../../graphql/collect-fields.ts'
import { modelOf } from '../../graphql/row-type.ts'
import { NotCompiled } from './not-compiled.ts'

/**
 * A row holds each of its relations once. Where a selection reads one twice, with other arguments, plugin-prisma makes a
 * second statement and tells the two apart by their paths. Compiled operations have no paths, so this throws NotCompiled.
 */
export function requireOneUse(operation: Selecting, type: GraphQLObjectType, collected: CollectedFields): void {
  const model = modelOf(type)
  if (isModel(model)) new Uses(operation, model).add(type, collected)
}

class Uses {
  readonly #operation: Selecting
  readonly #model: Parameters<typeof fieldsOf>[0]
  /** The arguments of each relation, and of each count of one. */
  readonly #uses = new Map<string, string>()

  constructor(operation: Selecting, model: Parameters<typeof fieldsOf>[0]) {
    this.#operation = operation
    this.#model = model
  }

  add(type: GraphQLObjectType, collected: CollectedFields): void {
    for (const nodes of collected.values()) {
      const [node] = nodes
      const field = node && type.getFields()[node.name.value]
      if (field) this.#field(field, nodes)
    }
  }

  #field(field: GraphQLField<unknown, unknown>, nodes: readonly FieldNode[]): void {
    const { pothosPrismaSelect: select, pothosPrismaRelationField: relation, listOfRelation } = field.extensions
    if (typeof select !== 'function') {
      this.#selected(select)
      return
    }
    const given = (nodes[0]?.arguments ?? []).map(print).join()
    if (typeof listOfRelation === 'string') {
      // Two fields may show the rows of one relation in two ways.
      this.#use(listOfRelation, `${field.name} ${given}`)
      // A count depends on the filter, and not on the page.
      const filter = nodes[0]?.arguments?.find(({ name }) => name.value === 'filter')
      if (this.#asksForCount(field, nodes)) this.#use(`count of ${listOfRelation}`, filter ? print(filter) : '')
    } else if (isNamed(relation)) {
      // plugin-prisma merges the selections below several fields of one relation.
      this.#use(relation.name, `${field.name} ${given}`)
    } else this.#variant(field, nodes)
  }

  /** Several fields may read one column. */
  #selected(select: unknown): void {
    for (const [name, value] of Object.entries(select ?? {})) {
      if (name === '_count') this.#counts(value)
      else if (fieldsOf(this.#model).get(name)?.kind === 'relation') this.#use(name, JSON.stringify(value))
    }
  }

  #counts(value: unknown): void {
    const counts: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'select') : undefined
    for (const [name, count] of Object.entries(counts ?? {})) {
      this.#use(`count of ${name}`, count === true ? '' : JSON.stringify(count))
    }
  }

  /** A variant shows the same row as another type, so its fields read that row. */
  #variant(field: GraphQLField<unknown, unknown>, nodes: readonly FieldNode[]): void {
    const type = getNamedType(field.type)
    if (!isObjectType(type) || modelOf(type) !== this.#model)
      throw new NotCompiled(`${field.name} has a select function`)
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? [])
    this.add(type, collectFields(this.#operation, type, sets))
  }

  #asksForCount(field: GraphQLField<unknown, unknown>, nodes: readonly FieldNode[]): boolean {
    const type = getNamedType(field.type)
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? [])
    if (!isObjectType(type)) return false
    const collected = collectFields(this.#operation, type, sets)
    return [...collected.values()].some(([node]) => node?.name.value === 'totalCount')
  }

  #use(name: string, how: string): void {
    const before = this.#uses.get(name)
    if (before !== undefined && before !== how) throw new NotCompiled(`${name} is read in two ways`)
    this.#uses.set(name, how)
  }
}

function isNamed(value: unknown): value is { name: string } {
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string'
}
