import { type GraphQLSchema, isObjectType } from 'graphql'
import { expect, it } from 'vitest'
import { guardedFields, guardSchema } from '../../src/platform/auth/shield.ts'
import { builder } from '../../src/platform/builder.ts'
import '../../src/schema.ts'

/** Each field's resolver, by `Type.field`. */
function resolversOf(schema: GraphQLSchema): Map<string, unknown> {
  const types = Object.values(schema.getTypeMap()).filter(isObjectType)
  const fields = types.flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })))
  return new Map(fields.map(({ type, field }) => [`${type.name}.${field.name}`, field.resolve]))
}

it('the fields that have a rule are wrapped in it, and no others: a wrapper costs promises for each object of a list', () => {
  const open = builder.toSchema()
  const before = resolversOf(open)
  const guarded = resolversOf(guardSchema(open))

  const wrapped = [...guarded].filter(([name, resolve]) => resolve !== before.get(name)).map(([name]) => name)
  const ruled = guardedFields(open).map(({ type, field }) => `${type.name}.${field.name}`)
  expect(wrapped.sort()).toEqual(ruled.sort())
  expect(guarded.size).toBeGreaterThan(wrapped.length * 2)
})
