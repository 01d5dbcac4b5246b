import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { prefixOf } from '../../src/platform/graphql/ids.ts'
import { schema } from '../../src/schema.ts'
import { dataOf, type World } from '../support/world.ts'
import { addRows, connectionFields, List, nodeOf } from './support/connections.ts'
import { type ErrorCase, ErrorWorlds, errorCases, provoke } from './support/error-cases.ts'
import { expectNoLeak, found, internalWords, physicalNames } from './support/leaks.ts'

const nodeNames = connectionFields(schema).flatMap(({ connection }) => nodeOf(connection)?.name ?? [])

const worlds = new ErrorWorlds()
let world: World
let names: RegExp
beforeAll(async () => {
  world = await worlds.of()
  await addRows(world)
  names = await physicalNames(world)
})
afterAll(() => worlds.close())

describe('the names of tables, columns, indexes, types and constraints', () => {
  it('are known to this test', () => {
    for (const name of ['pf_dataset', 'pf_api_key', 'key_nm']) {
      expect(`x ${name} x`).toMatch(names)
    }
    expect('a key of a program').not.toMatch(names)
  })

  it('are in no id and no cursor, even decoded', async () => {
    const opaque: string[] = []
    const readable: string[] = []
    const prefixes = new Set(nodeNames.map(prefixOf))
    for (const connection of connectionFields(schema).filter(({ atRoot }) => atRoot)) {
      for (const field of connection.sortFields) {
        const { edges } = await new List(world, connection).page({ first: 100, sort: { field, direction: 'ASC' } })
        for (const { cursor, node } of edges) {
          // An id shows only its type. A cursor is encrypted.
          readable.push(node.id.slice(0, node.id.lastIndexOf('_')))
          opaque.push(decoded(node.id), decoded(cursor))
        }
      }
    }
    expect(readable.length).toBeGreaterThan(50)
    // A table may have the name of the type that it is served as.
    expect(found(readable.join('\n'), names).filter((name) => !prefixes.has(name))).toEqual([])
    // Two or three letters may occur in random bytes.
    expect(found(opaque.join('\n'), names).filter((name) => name.length > 3)).toEqual([])
  })

  it('are not in introspection', async () => {
    const answered = await world.as('anonymous').query(`{ __schema { description types {
      name description specifiedByURL fields(includeDeprecated: true) { name description args { name description defaultValue } }
      inputFields { name description defaultValue } enumValues(includeDeprecated: true) { name description }
    } directives { name description } } }`)
    const told = JSON.stringify(dataOf(answered, z.unknown()))
    expect(told).toContain('ApiKeyConnection')
    expect(found(told, names)).toEqual([])
  })
})

// errors.test.ts checks the errors of every code of the catalogue.
describe('an error reveals nothing internal', () => {
  it.each(strangeInputs())('when $when', async (errorCase) => {
    const response = await provoke(world, errorCase, 'application/json')
    const text = await response.text()
    expect(text).toContain('"errors":')
    expectNoLeak(errorCase, text, names)
  })

  it('but the log has it, under the same request id', async () => {
    const [errorCase] = errorCases.INTERNAL_SERVER_ERROR
    await using served = await worlds.serve(errorCase)
    const requestId = (await provoke(served.world, errorCase, 'application/json')).headers.get('x-request-id') ?? ''
    const logged = served.world.logLines.filter((line) => line.includes(requestId)).join('')
    expect(logged).toMatch(names)
    for (const what of ['a word of the driver', 'a word of SQL', 'a stack', 'a path of a file'] as const) {
      expect(logged).toMatch(internalWords[what])
    }
  })

  it.each(['/healthz', '/readyz'])('when the database is gone and %s is requested', async (path) => {
    const [gone] = errorCases.UNAVAILABLE
    await using served = await worlds.serve(gone)
    const response = await fetch(`${served.world.url}${path}`)
    expect(response.status).toBe(path === '/readyz' ? 503 : 200)
    expect(found(await response.text(), names)).toEqual([])
  })
})

/** Values of every kind where a name, an id, a date or a number is expected. */
function strangeInputs(): ErrorCase[] {
  const strange: [string, string, unknown][] = [
    ['a date is none', 'DateTime', '2026-13-45'],
    ['a date is a number', 'DateTime', 12],
    ['a date is far away', 'DateTime', '+275760-09-13T00:00:00.001Z'],
    ['a date is an object', 'DateTime', { nm: 1 }],
  ]
  const dates = strange.map(([when, type, from]) => ({
    when,
    viewer: 'admin',
    query: `query ($from: ${type}) { auditEvents(filter: { occurred: { from: $from } }) { totalCount } }`,
    variables: { from },
  }))
  const ids = ['pf_api_key', 'api_key_', '0'.repeat(5000), { id: 1 }, [], null, true].map((id) => ({
    when: `an id is ${JSON.stringify(id).slice(0, 20)}`,
    query: 'query ($id: ID!) { node(id: $id) { id } }',
    variables: { id },
  }))
  return [...dates, ...ids]
}

/** The readable part of an id. The rest is a code, in which any letters may stand together. */
function decoded(text: string): string {
  return found(Buffer.from(text, 'base64').toString('latin1'), /[\x20-\x7e]{8,}/).join('\n')
}
