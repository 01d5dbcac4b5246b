import {
  type GraphQLField,
  GraphQLInputObjectType,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  isInputObjectType,
  isIntrospectionType,
  isObjectType,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { kind } from '../../src/platform/auth/rule.ts'
import { guardSchema, ruleOf } from '../../src/platform/graphql/shield.ts'
import { sensitivityOf } from '../../src/platform/privacy/sensitivity.ts'
import { domain, schema } from '../../src/schema.ts'

const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type))
const outputs = types
  .filter(isObjectType)
  .flatMap((type) =>
    Object.values(type.getFields()).map((field) => ({ name: `${type.name}.${field.name}`, type, field })),
  )
const inputs = types
  .filter(isInputObjectType)
  .flatMap((type) => Object.values(type.getFields()).map((field) => ({ name: `${type.name}.${field.name}`, field })))
const tagged = outputs.filter(({ field }) => sensitivityOf(field) !== undefined)

describe('the tag of personal data', () => {
  it.each(tagged)('brings $name its rule, unless it has a narrower rule', ({ type, field }) => {
    const sensitivity = sensitivityOf(field)
    const rules: Record<string, unknown> = domain.sensitivities
    const own = ownRuleOf(field)
    expect(ruleOf(type, field)).toBe(own ?? rules[sensitivity ?? ''])
    if (sensitivity === 'personal') expect(own?.name).not.toBe('everyone')
  })

  it('is on no unrelated field', () => {
    expect(new Set([...tagged, ...inputs].flatMap(({ field }) => sensitivityOf(field) ?? []))).toEqual(
      new Set(['personal', 'audit']),
    )
  })
})

describe('a tag without a rule does not build', () => {
  const extensions = { pothosOptions: { sensitivity: 'unheard-of', auth: kind('staff') } }
  const open = { type: GraphQLString, extensions: { pothosOptions: { auth: kind('staff') } } }
  const input = new GraphQLInputObjectType({ name: 'Text', fields: { text: { type: GraphQLString, extensions } } })

  it.each([
    ['a field', 'Query.field', { ...open, extensions }],
    ['an argument', 'Query.field(text)', { ...open, args: { text: { type: GraphQLString, extensions } } }],
    ['a field of an input', 'Text.text', { ...open, args: { text: { type: input } } }],
  ])('on %s', (_what, name, field) => {
    const query = new GraphQLObjectType({ name: 'Query', fields: { field } })
    const build = () => guardSchema(new GraphQLSchema({ query }), domain.sensitivities)
    expect(build).toThrow(`${name} is tagged "unheard-of", and no rule says who reads that`)
  })
})

function ownRuleOf({ extensions }: GraphQLField<unknown, unknown>): { name: string } | undefined {
  const options: unknown = extensions.pothosOptions
  if (typeof options !== 'object' || options === null || !('auth' in options)) return undefined
  const { auth } = options
  if (typeof auth !== 'object' || auth === null || !('name' in auth) || typeof auth.name !== 'string') return undefined
  return Object.assign(auth, { name: auth.name })
}
