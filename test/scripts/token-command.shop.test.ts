import { expect, it } from 'vitest'
import { token } from '../../scripts/commands/token.ts'
import { outcomeOf } from '../../scripts/run-script.ts'
import { commandOutput } from '../support/command.ts'
import { createWorld } from '../support/world.ts'

it('npm run token prints a token for each role, and the roles for an unknown one', async () => {
  await using world = await createWorld({ data: 'empty' })
  const env = { DATA_DIR: world.config.dataDir }
  const response = await world.fetchGraphQL({
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await commandOutput('scripts/token.ts', ['auditor'], env)}`,
    },
    body: JSON.stringify({ query: '{ viewer { roles scopes } auditEvents { totalCount } }' }),
  })
  expect(await response.json()).toMatchObject({
    data: { viewer: { roles: ['auditor'], scopes: ['audit:read'] }, auditEvents: { totalCount: 0 } },
  })
  expect(await outcomeOf(token, ['toString'], env)).toEqual({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(
      /^\nThere is no role 'toString'\n\nnpm run --silent token -- admin \| support \| warehouse \| auditor \| analyst \| marketing \| customer CODE\n/,
    ),
  })
})

it('npm run token accepts the customers of the demo data, in any case, and no other', async () => {
  await using world = await createWorld()
  const env = { DATA_DIR: world.config.dataDir }
  const response = await world.fetchGraphQL({
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${(await outcomeOf(token, ['customer', 'alfki'], env)).stdout}`,
    },
    body: JSON.stringify({ query: '{ viewer { customer { name } } }' }),
  })
  expect(await response.json()).toMatchObject({ data: { viewer: { customer: { name: 'Alfreds Futterkiste' } } } })
  expect(await outcomeOf(token, ['customer', 'NOPE1'], env)).toEqual({
    code: 1,
    stdout: '',
    stderr: '\nThe demo data has no customer NOPE1.',
  })
})
