import { type GraphQLField, type GraphQLSchema, isObjectType } from 'graphql'
import { expect, it } from 'vitest'
import { recordReads } from '../../../src/platform/audit/record-reads.ts'
import { builder } from '../../../src/platform/graphql/builder.ts'
import { guardedFields, guardSchema } from '../../../src/platform/graphql/shield.ts'
import { sensitivityRule } from '../../../src/platform/privacy/sensitivity.ts'
import { domain } from '../../../src/schema.ts'

/** Each field, by `Type.field`. */
function fieldsOf(schema: GraphQLSchema): Map<string, GraphQLField<unknown, unknown>> {
  const types = Object.values(schema.getTypeMap()).filter(isObjectType)
  const fields = types.flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })))
  return new Map(fields.map(({ type, field }) => [`${type.name}.${field.name}`, field]))
}

function resolversOf(schema: GraphQLSchema): Map<string, unknown> {
  return new Map([...fieldsOf(schema)].map(([name, { resolve }]) => [name, resolve]))
}

it('wraps the fields that have a rule and those whose reads are audited, and no others: a wrapper costs promises for each object of a list', () => {
  const open = builder.toSchema()
  const before = resolversOf(open)
  const guarded = resolversOf(guardSchema(recordReads(open), domain.sensitivities))

  const wrapped = [...guarded].filter(([name, resolve]) => resolve !== before.get(name)).map(([name]) => name)
  const ruled = guardedFields(open).map(({ type, field }) => `${type.name}.${field.name}`)
  const audited = [...fieldsOf(open)].filter(([, field]) => sensitivityRule(field)).map(([name]) => name)
  expect(wrapped.sort()).toEqual([...new Set([...ruled, ...audited])].sort())
  expect(guarded.size).toBeGreaterThan(wrapped.length * 2)
})
