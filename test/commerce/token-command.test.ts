import { expect, it } from 'vitest'
import { commandOutput } from '../support/command.ts'
import { createWorld } from '../support/world.ts'

/** `npm run token -- …args` */
const token = (dataDir: string, ...args: string[]) => commandOutput('scripts/token.ts', args, { DATA_DIR: dataDir })

it('npm run token gives a token for each role, and names the roles to whoever asks for another', async () => {
  await using world = await createWorld({ data: 'empty' })
  const { dataDir } = world.config
  const response = await world.fetchGraphQL({
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await token(dataDir, 'auditor')}` },
    body: JSON.stringify({ query: '{ viewer { roles scopes } auditEvents { totalCount } }' }),
  })
  expect(await response.json()).toMatchObject({
    data: { viewer: { roles: ['auditor'], scopes: ['audit:read'] }, auditEvents: { totalCount: 0 } },
  })
  await expect(token(dataDir, 'toString')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^\nThere is no role 'toString'\n\nnpm run --silent token -- admin \| support \| warehouse \| auditor \| customer CODE\n/,
    ),
  })
})

it('npm run token knows the customers of the demo data, in either case, and no other', async () => {
  await using world = await createWorld()
  const { dataDir } = world.config
  const response = await world.fetchGraphQL({
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await token(dataDir, 'customer', 'alfki')}`,
    },
    body: JSON.stringify({ query: '{ viewer { customer { name } } }' }),
  })
  expect(await response.json()).toMatchObject({ data: { viewer: { customer: { name: 'Alfreds Futterkiste' } } } })
  await expect(token(dataDir, 'customer', 'NOPE1')).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: '\nThe demo data (prisma/demo/customers.csv) has no customer NOPE1.\n',
  })
})
