import { type GraphQLField, type GraphQLObjectType, getNamedType, isObjectType, isRequiredArgument } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anonymous, type Viewer } from '../../src/platform/auth/viewer.ts'
import { isModel } from '../../src/platform/database/data-model.ts'
import { encodeId } from '../../src/platform/graphql/ids.ts'
import { ruleOf } from '../../src/platform/graphql/shield.ts'
import { domain, schema } from '../../src/schema.ts'
import { codesOf, createWorld, type World } from '../support/world.ts'
import { addRows } from './support/connections.ts'
import { selectionOf, visitsOf } from './support/field-paths.ts'
import { inputOf, mutationCall } from './support/mutation-input.ts'

// Every root field of the schema, as viewers without any right: they see what their rules and row policies show, and
// nothing else. What is open to everyone is asked for too, with everything below it.

const viewers: Readonly<Record<string, Viewer | undefined>> = {
  anonymous,
  nobody: domain.toViewer({ id: 'nobody', kind: 'staff', roles: [], scopes: [] }),
}
const names = Object.keys(viewers)

const [query, mutation] = [schema.getQueryType(), schema.getMutationType()]
const fieldsOf = (type: GraphQLObjectType | null | undefined) => Object.values(type?.getFields() ?? {})
/** Ids of objects that are not there. */
const ids = { of: (typeName: string) => encodeId(typeName, '01890000-0000-7000-8000-000000000000') }

let world: World
beforeAll(async () => {
  const unlimited = { MAX_COST: '1000000000', MAX_DEPTH: '100', MAX_TOKENS: '1000000', MAX_BODY_BYTES: '10000000' }
  world = await createWorld({ env: unlimited })
  await addRows(world)
})
afterAll(() => world.close())

describe.each(names)('%s', (name) => {
  const lists = fieldsOf(query).filter(({ args }) => !args.some(isRequiredArgument))

  it.each(lists)('sees through Query.$name what rules and row policies show', async (field) => {
    const type = getNamedType(field.type)
    const below = isObjectType(type) ? selectionOf(type, 1, field.name).text : ''
    const page = field.args.some(({ name }) => name === 'first') ? '(first: 3)' : ''
    const answered = await world.as(name).query(`{ ${field.name}${page} ${below} }`)
    const denial = denialOf(query, field, name)
    if (denial) expect([answered.data, codesOf(answered)]).toEqual([{ [field.name]: null }, [denial]])
    expect(leaksIn(answered.data, name)).toEqual([])
  })

  const denied = fieldsOf(mutation).filter((field) => denialOf(mutation, field, name))

  it.each(denied)('is denied Mutation.$name', async (field) => {
    const { text } = mutationCall(field, 1)
    const answered = await world.as(name).query(text, { input: inputOf(field, ids) })
    const outcome = [answered.data, codesOf(answered)]
    expect(outcome).toEqual([{ [field.name]: null }, [denialOf(mutation, field, name)]])
  })
})

it('most root fields are denied to strangers', () => {
  const roots = [...fieldsOf(query), ...fieldsOf(mutation)]
  const denied = roots.filter((field) => denialOf(query, field, 'anonymous') ?? denialOf(mutation, field, 'anonymous'))
  expect(denied.length).toBeGreaterThan(10)
})

/** What a rule says to a viewer whom it denies; undefined where it allows. */
function denialOf(type: GraphQLObjectType | null | undefined, field: GraphQLField<unknown, unknown>, name: string) {
  const [viewer, rule] = [viewers[name], type ? ruleOf(type, field) : undefined]
  if (!viewer || !rule || rule.allows(viewer)) return undefined
  return viewer.kind === 'anonymous' ? 'UNAUTHENTICATED' : 'FORBIDDEN'
}

/** Values that a rule denies this viewer, and rows that a policy hides from them. */
function leaksIn(data: unknown, name: string): string[] {
  const viewer = viewers[name]
  if (!query || !viewer) return ['there is nothing to ask']
  return [...visitsOf(query, data, '')].flatMap(({ path, type, field, value }) => {
    if (value === null) return []
    if (denialOf(type, field, name)) return [`${path} is denied by ${ruleOf(type, field)?.name}`]
    if (field.name !== 'id' || !isModel(type.name)) return []
    return domain.rowPolicies[type.name]?.rows(viewer) === 'none' ? [`${path} is a row that is hidden`] : []
  })
}
