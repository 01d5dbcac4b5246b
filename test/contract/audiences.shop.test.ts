import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
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

describe.each([...audienceSchemas])('the mutations of the audience %s', (_audience, part) => {
  const codesOf = (of: GraphQLSchema) => {
    const type = of.getType('UserErrorCode')
    return new Set(isEnumType(type) ? type.getValues().map(({ name }) => name) : [])
  }

  it('refuse with no code that its contract lacks', async () => {
    const mutations = Object.keys(part.getMutationType()?.getFields() ?? {})
    expect(mutations.length).toBeGreaterThan(5)
    const all = codesOf(schema)
    const own = codesOf(part)
    const files = await sources()
    for (const mutation of mutations) {
      const file = [...files].find(([, text]) => text.includes(`name: '${mutation}'`))?.[0]
      // Those of the platform have codes of their types.
      if (file === undefined) continue
      const said = [...reachedFrom(file, files)].flatMap((path) => files.get(path)?.match(/(?<=')[A-Z_]+(?=')/g) ?? [])
      const lacking = said.filter((code) => all.has(code) && !own.has(code))
      expect([mutation, [...new Set(lacking)]]).toEqual([mutation, []])
    }
  })
})

const commerce = join(import.meta.dirname, '../../src/commerce')

/** The texts of the domain, by path. */
async function sources(): Promise<Map<string, string>> {
  const names = (await readdir(commerce, { recursive: true })).filter((name) => name.endsWith('.ts'))
  // The file that lists all codes.
  const paths = names.filter((name) => name !== 'mutations.ts').map((name) => join(commerce, name))
  return new Map(await Promise.all(paths.map(async (path) => [path, await readFile(path, 'utf8')] as const)))
}

/** The file, and what it imports of the domain. */
function reachedFrom(file: string, files: ReadonlyMap<string, string>, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  for (const [, path = ''] of (files.get(file) ?? '').matchAll(/^import (?!type).* from '(\.[^']+)'$/gm)) {
    const imported = join(dirname(file), path)
    if (files.has(imported)) reachedFrom(imported, files, seen)
  }
  return seen
}
