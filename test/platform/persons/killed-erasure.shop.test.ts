import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, it } from 'vitest'
import { z } from 'zod'
import { demoId } from '../../../prisma/demo/ids.ts'
import { demoStaff } from '../../../prisma/demo/viewers.ts'
import { developmentToken } from '../../../src/platform/auth/development-keys.ts'
import { parseConfig } from '../../../src/platform/config/config.ts'
import { withClient } from '../../../src/platform/database/with-client.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { inTables } from '../../commerce/support/canaries.ts'
import { cloneDatabase, onServer } from '../../support/database-server.ts'
import { ServerProcess } from '../../support/server-process.ts'
import { answer } from '../../support/world.ts'
import { asked, type Caller, requestOf } from './support/person.ts'

const orders = 3000
const kills = 3
const recipient = 'Canary of a kill'

const counts = z.tuple([z.object({ erased: z.number(), told: z.number(), audited: z.number() })])

it('an erasure whose process is killed is finished by another one, told once, and leaves nothing', async () => {
  const server = inject('server')
  const { name, url, ownerUrl } = await cloneDatabase(server, 'demo')
  const dataDir = await mkdtemp(join(tmpdir(), 'frontdoor-killed-'))
  try {
    await withClient(ownerUrl, (client) =>
      client.query(
        `insert into commerce.so_header (uid, cust_uid, ccy, total_minor, st_recip_nm, st_street, st_city, st_ctry)
         select gen_random_uuid(), $1::uuid, 'USD', 100, $2, $2 || n, 'City', 'DE' from generate_series(1, $3::int) n`,
        [demoId('customer', 'ALFKI'), recipient, orders],
      ),
    )
    const countsNow = () =>
      withClient(ownerUrl, async (client) => {
        const { rows } = await client.query(
          `select (select count(*) from commerce.so_header where st_recip_nm = 'withheld')::int as erased,
             (select count(*) from platform.pf_outbox where topic_nm = 'person.erased')::int as told,
             (select count(*) from platform.pf_audit where action_nm = 'personErased')::int as audited`,
        )
        return counts.parse(rows)[0]
      })
    const open = () =>
      ServerProcess.open({
        ...{ NODE_ENV: 'development', LOG_FORMAT: 'json', DATA_DIR: dataDir, DATABASE_URL: url, SITE: 'false' },
        ERASURE_DELAY_HOURS: '0',
      })
    const token = () => developmentToken(dataDir, parseConfig({ NODE_ENV: 'test' }).auth, demoStaff('admin'))
    let running = await open()
    const caller: Caller = {
      query: async (query, variables) => {
        const response = await fetch(`${running.url}/graphql`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            accept: 'application/json',
            authorization: `Bearer ${await token()}`,
          },
          body: JSON.stringify({ query, variables }),
        })
        return answer.parse(await response.json())
      },
    }
    const customerId = encodeId('Customer', demoId('customer', 'ALFKI'))
    const { id } = await asked(caller, 'personErase', { customerId, reason: 'UNLAWFUL' })
    let last = 0
    for (let kill = 0; kill < kills; kill++) {
      await expect.poll(async () => (await countsNow()).erased, { timeout: 60_000, interval: 1 }).toBeGreaterThan(last)
      await running.end('SIGKILL')
      last = (await countsNow()).erased
      expect(last).toBeLessThan(orders)
      running = await open()
    }
    await expect.poll(async () => (await requestOf(caller, id)).state, { timeout: 60_000, interval: 50 }).toBe('DONE')
    await running.end('SIGTERM')
    expect(await countsNow()).toEqual({ erased: expect.any(Number), told: 1, audited: 1 })
    expect(await inTables({ databaseUrl: ownerUrl }, [recipient])).toEqual([])
  } finally {
    await onServer(server.url, `drop database if exists ${name} with (force)`)
    await rm(dataDir, { recursive: true, force: true })
  }
}, 240_000)
