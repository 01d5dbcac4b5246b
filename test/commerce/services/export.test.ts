import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { askExport, exportRows } from '../../platform/bulk/support/export.ts'
import { exportEnded, startExport } from '../../platform/bulk/support/export-job.ts'
import { type ShopWithServices, shopWithServices } from '../support/remote-services.ts'

let shop: ShopWithServices
beforeAll(async () => {
  shop = await shopWithServices()
})
afterAll(() => shop.close())

const shipped = '(filter: { unshipped: false }, sort: { field: NUMBER, direction: ASC })'
const query = `{ orders${shipped} { edges { node { number tracking { number status } } } } }`
const row = z.object({ number: z.number(), tracking: z.array(z.object({ number: z.string(), status: z.string() })) })
const numbersIn = (body: unknown) => z.object({ numbers: z.array(z.string()) }).parse(body).numbers

describe('an export of orders with their tracking', () => {
  it('asks for the parcels of a page together', async () => {
    const { carrier } = await shop.askedDuring(async () => {
      const rows = await exportRows(shop.world, 'admin', query)
      expect(rows).toHaveLength(809)
      for (const each of rows) {
        const { number, tracking } = row.parse(each)
        expect(tracking.map((parcel) => parcel.number)).toEqual([`NW-${number}`])
      }
    })
    const searches = carrier.filter(({ method }) => method === 'POST')
    // The first attempt to write a page as lines has begun to read one parcel.
    expect(carrier.length - searches.length).toBe(1)
    expect(searches.flatMap(({ body }) => numbersIn(body))).toHaveLength(808)
    expect(searches.length).toBeLessThan(25)
  })

  it('shows each viewer the parcels of their own orders', async () => {
    const own = (await exportRows(shop.world, 'customer ALFKI', query)).map((each) => row.parse(each).number)
    expect(own).toEqual([10_643, 10_692, 10_702, 10_835, 10_952, 11_011])
  })

  it('fails where the carrier does not answer, and does not write rows without what belongs to them', async () => {
    const other = `{ orders${shipped.replace('ASC', 'DESC')} { edges { node { number shipments { tracking { status } } } } } }`
    const broken = await shopWithServices()
    broken.carrier.breakWith({ isDown: true })
    const response = await askExport(broken.world, 'admin', other)
    expect([response.status, await response.text()]).toEqual([502, expect.stringContaining('UPSTREAM_UNAVAILABLE')])
    await broken.close()
  })
})

describe('an export as a job', () => {
  it('has the parcels too', async () => {
    const own = shop.world.as('customer ALFKI')
    const ended = await exportEnded(own, await startExport(own, query))
    expect(ended).toMatchObject({ state: 'DONE', failure: null })
  })
})
