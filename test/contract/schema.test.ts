import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  assertValidSchema,
  type GraphQLField,
  type GraphQLFieldConfig,
  type GraphQLNamedType,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  getNamedType,
  graphql,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { deprecationsIn } from '../../scripts/deprecations.ts'
import { OperationRecord } from '../../src/platform/audit/operation-record.ts'
import { everyone, kind, type Rule } from '../../src/platform/auth/rule.ts'
import { anonymous } from '../../src/platform/auth/viewer.ts'
import { printContract } from '../../src/platform/graphql/print-contract.ts'
import { guardSchema, isRootType, ruleOf } from '../../src/platform/graphql/shield.ts'
import { schema } from '../../src/schema.ts'

interface OwnedField {
  name: string
  type: GraphQLObjectType
  field: GraphQLField<unknown, unknown>
  rule: Rule | undefined
}

const types = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
)
const fields: OwnedField[] = types.filter(isObjectType).flatMap((type) =>
  Object.values(type.getFields()).map((field) => ({
    name: `${type.name}.${field.name}`,
    type,
    field,
    rule: ruleOf(type, field),
  })),
)
const guarded = fields.filter(({ rule }) => rule && rule !== everyone)

describe('the schema', () => {
  it('is valid', () => {
    expect(() => assertValidSchema(schema)).not.toThrow()
  })

  it('is equal to schema.graphql', async () => {
    const committed = await readFile(join(import.meta.dirname, '../../schema.graphql'), 'utf8')
    expect(committed).toBe(printContract(schema))
  })

  it('describes every type, field, argument, input field and enum value', () => {
    const described = types.flatMap(describedParts)
    expect(described.length).toBeGreaterThan(300)
    expect(described.filter(({ description }) => !description?.trim()).map(({ name }) => name)).toEqual([])
  })

  it('states for everything deprecated until when it stays', () => {
    expect(deprecationsIn(schema).filter(({ promisedUntil }) => promisedUntil === undefined)).toEqual([])
  })
})

describe('a rule', () => {
  it('is on every root field', () => {
    const roots = fields.filter(({ type }) => isRootType(schema, type))
    expect(roots.length).toBeGreaterThan(10)
    expect(roots.filter(({ rule }) => !rule).map(({ name }) => name)).toEqual([])
  })

  it('is on nullable fields only, so that a denial removes nothing else; a subscription is denied as a whole', () => {
    expect(guarded.length).toBeGreaterThan(20)
    const others = guarded.filter(({ name }) => !name.startsWith('Subscription.'))
    expect(others.filter(({ field }) => isNonNullType(field.type)).map(({ name }) => name)).toEqual([])
  })

  it.each(guarded)('is in force on $name: $rule.name', async ({ field }) => {
    expect(await codesFor(field, anonymous)).toEqual(['UNAUTHENTICATED'])
    expect(await codesFor(field, { ...anonymous, kind: 'somebody else' })).toEqual(['FORBIDDEN'])
  })
})

describe('a root field without a rule', () => {
  const open = { type: GraphQLString, extensions: { pothosOptions: { auth: everyone } } }
  const forgotten = { type: GraphQLString }
  const query = objectType('Query', { open })

  it.each([
    ['query', { query: objectType('Query', { open, forgotten }) }],
    ['mutation', { query, mutation: objectType('Mutation', { forgotten }) }],
    ['subscription', { query, subscription: objectType('Subscription', { forgotten }) }],
  ])('does not build, on the %s type', (_operation, config) => {
    expect(() => guardSchema(new GraphQLSchema(config))).toThrow('.forgotten has no `auth` rule')
  })

  it('does not build with an invalid rule', () => {
    const wrong = { ...forgotten, extensions: { pothosOptions: { auth: true } } }
    const build = () => guardSchema(new GraphQLSchema({ query: objectType('Query', { wrong }) }))
    expect(build).toThrow('Query.wrong has no `auth` rule')
  })

  it('builds when its type has a rule, which then applies', async () => {
    const auth = kind('staff')
    const guardedType = objectType('Query', { forgotten: { ...forgotten, resolve: () => 'reached' } }, { auth })
    const built = guardSchema(new GraphQLSchema({ query: guardedType }))
    const ask = (viewer: object) =>
      graphql({ schema: built, source: '{ forgotten }', contextValue: { viewer, audit: new OperationRecord() } })
    expect((await ask(anonymous)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
    expect((await ask({ ...anonymous, kind: 'staff' })).data).toEqual({ forgotten: 'reached' })
  })
})

describe('a mutation', () => {
  const mutations = fields.filter(({ type }) => type === schema.getMutationType())

  it.each(mutations)(
    'such as $name is a verb on a noun, takes one input, and gives a payload of its own',
    ({ field }) => {
      expect(field.name).toMatch(/^[a-z]+([A-Z][a-z]+)+$/)
      const named = `${field.name.slice(0, 1).toUpperCase()}${field.name.slice(1)}`
      expect(field.args.map(({ name, type }) => `${name}: ${type}`)).toEqual([`input: ${named}Input!`])
      expect(String(field.type)).toBe(`${named}Payload`)
    },
  )

  it.each(mutations)('such as $name reports what the caller can correct', ({ field }) => {
    const payload = getNamedType(field.type)
    const userErrors = isObjectType(payload) ? payload.getFields().userErrors : undefined
    expect(String(userErrors?.type)).toBe('[UserError!]!')
  })
})

interface Described {
  name: string
  description: string | null | undefined
}

function describedParts(type: GraphQLNamedType): Described[] {
  const part = (of: Described) => ({ ...of, name: `${type.name}.${of.name}` })
  if (isEnumType(type)) return [type, ...type.getValues().map(part)]
  if (isInputObjectType(type)) return [type, ...Object.values(type.getFields()).map(part)]
  if (!isObjectType(type) && !isInterfaceType(type)) return [type]
  const parts = Object.values(type.getFields()).flatMap((field) => [
    part(field),
    ...field.args.map((argument) => part({ ...argument, name: `${field.name}(${argument.name})` })),
  ])
  return [type, ...parts]
}

function objectType(name: string, fields: Record<string, GraphQLFieldConfig<unknown, unknown>>, options = {}) {
  return new GraphQLObjectType({ name, fields, extensions: { pothosOptions: options } })
}

/** The codes that the field's wrapped resolver gives a viewer. */
async function codesFor({ type, resolve }: GraphQLField<unknown, unknown>, viewer: object): Promise<unknown[]> {
  const probe = new GraphQLSchema({ query: objectType('Probe', { field: { type, resolve } }) })
  const source = isCompositeType(getNamedType(type)) ? '{ field { __typename } }' : '{ field }'
  const { errors = [] } = await graphql({
    schema: probe,
    source,
    contextValue: { viewer, audit: new OperationRecord() },
  })
  return errors.map(({ extensions }) => extensions.code)
}
