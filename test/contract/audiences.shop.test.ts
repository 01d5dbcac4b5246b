import { type GraphQLSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { printContract } from '../../src/platform/graphql/print-contract.ts'
import { audienceSchemas, schema } from '../../src/schema.ts'

/** Every name that a document can have, and the values of enums. */
function namesIn({ getTypeMap }: { getTypeMap: () => ReturnType<GraphQLSchema['getTypeMap']> }): Set<string> {
  const types = Object.values(getTypeMap()).filter(({ name }) => !name.startsWith('__'))
  return new Set(
    types.flatMap((type) => {
      if (isEnumType(type)) return [type.name, ...type.getValues().map(({ name }) => name)]
      if (isInputObjectType(type)) return [type.name, ...Object.keys(type.getFields())]
      if (!isObjectType(type) && !isInterfaceType(type)) return [type.name]
      const fields = Object.values(type.getFields())
      return [type.name, ...fields.flatMap(({ name, args }) => [name, ...args.map((arg) => arg.name)])]
    }),
  )
}

const of = (part: GraphQLSchema) => ({ getTypeMap: () => part.getTypeMap() })

/** Words of the language that are also names elsewhere: in a description those are between backticks. */
const plain = /^[A-Za-z][a-z]*$/
const namedIn = (text: string, name: string) =>
  plain.test(name) ? text.includes(`\`${name}\``) : new RegExp(`(?<!\\w)${name}(?!\\w)`).test(text)

describe.each([...audienceSchemas])('the contract of the audience %s', (_audience, part) => {
  const all = namesIn(of(schema))
  const own = namesIn(of(part))
  const others = [...all].filter((name) => !own.has(name))

  it('has names of the whole schema, and lacks others', () => {
    expect([...own].filter((name) => !all.has(name))).toEqual([])
    expect(others.length).toBeGreaterThan(50)
  })

  it('names nothing that it lacks, in descriptions either', () => {
    const text = printContract(part)
    const named = others.filter((name) => namedIn(text, name))
    expect(named).toEqual([])
  })
})
