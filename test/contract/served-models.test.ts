import { isObjectType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { policedClient } from '../../src/platform/auth/row-policy.ts'
import { isModel, type Model } from '../../src/platform/database/data-model.ts'
import { physicalTable } from '../../src/platform/database/physical-names.ts'
import { rightsOf } from '../../src/platform/database/privileges.ts'
import { modelOf } from '../../src/platform/graphql/row-type.ts'
import { domain, schema } from '../../src/schema.ts'
import { createWorld } from '../support/world.ts'

/** The models of all types of the schema. */
const served = [...new Set(Object.values(schema.getTypeMap()).filter(isObjectType).map(modelOf).filter(isModel))]

describe('a model that the schema serves', () => {
  it('is one of several', () => {
    expect(served.length).toBeGreaterThan(5)
  })

  it.each(served)('has a row policy, and the server may read it: %s', (model: Model) => {
    expect(domain.rowPolicies[model]).toBeDefined()
    const rights = rightsOf(domain.privileges).find(({ table }) => table === physicalTable(model).name)
    expect(rights?.kinds).toContain('select')
  })
})

it('a model without a row policy shows no row', async () => {
  await using world = await createWorld({ data: 'empty' })
  await world.client.dataset.create({ data: { name: 'one' } })
  expect(domain.rowPolicies.Dataset).toBeUndefined()
  const viewer = { kind: 'staff', id: 'x', subject: undefined, roles: [], scopes: new Set(Object.keys(domain.scopes)) }
  const read = (policies: typeof domain.rowPolicies) =>
    policedClient(world.client, policies, viewer).dataset.findMany({})
  expect(await read(domain.rowPolicies)).toEqual([])
  expect(await read({ ...domain.rowPolicies, Dataset: { rows: () => 'all' } })).toHaveLength(1)
})
