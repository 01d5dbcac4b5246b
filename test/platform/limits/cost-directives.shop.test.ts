import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildSchema, getNamedType, getNullableType, isCompositeType, isListType, isObjectType } from 'graphql'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createWorld, dataOf } from '../../support/world.ts'

let sdl: string
beforeAll(async () => {
  sdl = await readFile(join(import.meta.dirname, '../../../schema.graphql'), 'utf8')
})

describe('schema.graphql', () => {
  it('declares the assumed size of every list of objects, on it or on the field above', () => {
    const types = Object.values(buildSchema(sdl).getTypeMap()).filter(isObjectType)
    const unsaid = types
      .filter(({ name }) => !name.startsWith('__'))
      .flatMap((type) =>
        Object.values(type.getFields())
          .filter((field) => isListType(getNullableType(field.type)) && isCompositeType(getNamedType(field.type)))
          .filter(({ astNode }) => !astNode?.directives?.some(({ name }) => name.value === 'listSize'))
          .map((field) => `${type.name}.${field.name}`),
      )
    expect(unsaid.length).toBeGreaterThan(5)
    expect(unsaid.filter((name) => !/Connection\.edges$|^Changes\.events$|Report\.rows$/.test(name))).toEqual([])
  })

  it.each([
    [
      'a connection',
      '): OrderConnection @listSize(assumedSize: 20, slicingArguments: ["first", "last"], sizedFields: ["edges"], requireOneSlicingArgument: false)',
    ],
    [
      'a report',
      '): SalesReport @listSize(assumedSize: 100, slicingArguments: ["first"], sizedFields: ["rows"], requireOneSlicingArgument: false) @cost(weight: "100")',
    ],
    ['nodes', '): [Node]! @listSize(assumedSize: 100, slicingArguments: ["ids"], requireOneSlicingArgument: false)'],
    ['a list that is no connection', 'lines: [OrderLine!]! @listSize(assumedSize: 10)'],
    ['a count', 'totalCount: Int! @cost(weight: "5")'],
    ['a mutation', '): OrderPlacePayload @cost(weight: "10")'],
    ['the parts of a page', 'type OrderEdge @cost(weight: "0") {'],
  ])('declares the cost of %s', (_what, line) => {
    expect(sdl).toContain(line)
  })
})

it('introspection has the directives of costs', async () => {
  await using world = await createWorld({ data: 'empty' })
  const query = '{ __schema { directives { name locations args { name type { name kind } defaultValue } } } }'
  const directive = z.object({
    name: z.string(),
    locations: z.array(z.string()),
    args: z.array(z.object({ name: z.string(), defaultValue: z.string().nullable() })),
  })
  const shape = z.object({ __schema: z.object({ directives: z.array(directive) }) })
  const { directives } = dataOf(await world.as('anonymous').query(query), shape).__schema
  const args = (name: string) => directives.find((one) => one.name === name)?.args.map((arg) => arg.name)
  expect(args('cost')).toEqual(['weight'])
  expect(args('listSize')?.sort()).toEqual([
    'assumedSize',
    'requireOneSlicingArgument',
    'sizedFields',
    'slicingArguments',
  ])
  expect(directives.find(({ name }) => name === 'listSize')?.locations).toEqual(['FIELD_DEFINITION'])
})
