import type { GraphQLResolveInfo } from 'graphql'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { isModel, type Model, type Row } from '../database/data-model.ts'
import { keySelection, keyTextIn, whereAmong, whereKeys } from '../database/row-key.ts'
import { clientError } from '../errors.ts'
import { parseAnyId, prefixOf } from '../graphql/ids.ts'
import { loadRows, nodeTypes } from '../graphql/node.ts'
import { idKey, keysOf } from './entity.ts'

/** A row that a representation names by one of the keys of its type. */
interface Reference {
  model: Model
  key: string
  /** The text of the key. */
  text: string
}

interface Loading {
  context: Context
  info: GraphQLResolveInfo
  /** The most representations. */
  most: number
}

const representation = z.looseObject({ __typename: z.string() })

/**
 * Finds entities in the order of their representations, with one statement for each type and key; null where the viewer
 * sees none. A representation that names nothing is an error at its own position.
 */
export async function loadEntities(given: readonly unknown[], { context, info, most }: Loading): Promise<unknown[]> {
  if (given.length > most) throw clientError('BAD_USER_INPUT', `\`_entities\` takes at most ${most} representations.`)
  const references = given.map((each) => referenceIn(each, info))
  const groups = Map.groupBy(
    references.flatMap((each) => (each instanceof Error ? [] : [each])),
    ({ model, key }) => `${model} ${key}`,
  )
  const found = new Map<string, Row>()
  await Promise.all([...groups.values()].map((group) => loadGroup(group, found, context, info)))
  return references.map((each) => (each instanceof Error ? each : (found.get(nameOf(each)) ?? null)))
}

async function loadGroup(
  group: readonly Reference[],
  found: Map<string, Row>,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<void> {
  const [first] = group
  if (!first) return
  const { model, key } = first
  const texts = [...new Set(group.map(({ text }) => text))]
  const isId = key === idKey
  const rows = await loadRows(model, context, info, {
    where: isId ? whereKeys(model, texts) : whereAmong(model, [key], texts),
    select: isId ? keySelection(model) : { [key]: true },
  })
  for (const row of rows) {
    const text = isId ? keyTextIn(model, row) : String(row[key])
    if (text !== undefined) found.set(nameOf({ model, key, text }), row)
  }
}

function nameOf({ model, key, text }: Reference): string {
  return `${model} ${key} ${text}`
}

function referenceIn(given: unknown, { schema }: GraphQLResolveInfo): Reference | Error {
  const fields = representation.safeParse(given).data
  const type = nodeTypes(schema).find(({ name }) => name === fields?.__typename)
  if (!fields || !type || !isModel(type.name)) {
    return clientError('BAD_USER_INPUT', 'A representation has the `__typename` of an entity of this subgraph.')
  }
  const key = keysOf(type).find((name) => typeof fields[name] === 'string')
  if (key === undefined) {
    return clientError(
      'BAD_USER_INPUT',
      `A representation of ${type.name} has one of its keys: ${keysOf(type).join()}.`,
    )
  }
  const text = key === idKey ? keyTextOf(type.name, String(fields.id)) : String(fields[key])
  if (text !== undefined) return { model: type.name, key, text }
  return clientError('INVALID_ID', `This is not an id of ${type.name}; take ids from the \`id\` field.`)
}

/** Undefined for the id of another type. */
function keyTextOf(model: Model, id: string): string | undefined {
  const parsed = parseAnyId(id)
  return parsed?.prefix === prefixOf(model) ? parsed.key : undefined
}
