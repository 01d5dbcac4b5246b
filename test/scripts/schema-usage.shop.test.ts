import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { schemaUsage } from '../../scripts/commands/schema-usage.ts'
import { outcomeOf } from '../../scripts/run-script.ts'
import { fieldNamed, usageReport } from '../../scripts/usage-report.ts'
import { schema } from '../../src/schema.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld({ data: 'empty' })
})
afterAll(() => world.close())

describe('npm run schema:usage', () => {
  const field = { kind: 'field' as const, path: 'Query.viewer', reason: 'Use me; removed after 2027-06-30' }

  it('reports that nothing is counted yet', async () => {
    const report = await usageReport(world.database.client, [field])
    expect(report).toBe(
      'Query.viewer, deprecated: Use me; removed after 2027-06-30\n  not known: nothing is counted yet',
    )
  })

  it('reports for each field who asked for it, how often and when last, or that nobody did', async () => {
    const use = (clientName: string, clientVersion: string, day: string, times: number) => {
      return { field: 'Query.viewer', clientName, clientVersion, day: new Date(day), times }
    }
    await world.client.fieldUse.createMany({
      data: [
        use('shop', '1.4.2', '2027-03-01', 5),
        use('shop', '1.4.2', '2027-03-02', 7),
        use('shop', '1.4.1', '2027-02-01', 1),
        use('', '', '2027-03-02', 2),
        use('*', '', '2027-02-28', 3),
      ],
    })
    const unused = { kind: 'field' as const, path: 'Query.node', reason: 'Use nodes; removed after 2027-06-30' }
    const value = { kind: 'enum value' as const, path: 'ViewerKind.STAFF', reason: 'Gone; removed after 2027-06-30' }
    expect(await usageReport(world.database.client, [field, unused, value])).toBe(`\
Query.viewer, deprecated: Use me; removed after 2027-06-30
  clients without a name: 2 ×, last on 2027-03-02
  shop 1.4.2: 12 ×, last on 2027-03-02
  others, of more clients than are told apart: 3 ×, last on 2027-02-28
  shop 1.4.1: 1 ×, last on 2027-02-01

Query.node, deprecated: Use nodes; removed after 2027-06-30
  nobody since 2027-02-01, the first day that is known of

ViewerKind.STAFF, deprecated: Gone; removed after 2027-06-30
  not known: of an enum value it is not counted who uses it`)
  })

  it('-- --field reports any field', async () => {
    const env = { DATABASE_URL: world.serverDatabaseUrl }
    expect(await outcomeOf(schemaUsage, ['--field', 'Query.node'], env)).toEqual({
      code: 0,
      stdout: 'Query.node\n  nobody since 2027-02-01, the first day that is known of',
      stderr: '',
    })
  })

  it('reports that nothing is deprecated', async () => {
    expect(await outcomeOf(schemaUsage, [], {})).toMatchObject({
      code: 0,
      stdout: 'Nothing in the schema is deprecated.',
    })
  })

  it('reports an unknown field, with its usage', async () => {
    expect(await outcomeOf(schemaUsage, ['--field', 'Query.nothing'], {})).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^\nThe schema has no field 'Query.nothing'\n\nnpm run schema:usage /),
    })
  })

  it.each(['Nothing.node', 'Query', 'Query.node.id'])('refuses the field "%s"', (path) => {
    expect(() => fieldNamed(schema, path)).toThrow(`The schema has no field '${path}'`)
  })
})
