import { randomInt } from 'node:crypto'
import fc from 'fast-check'
import pg from 'pg'
import { expect } from 'vitest'
import { demoId } from '../../prisma/demo/ids.ts'
import { demoCustomer } from '../../prisma/demo/viewers.ts'
import { developmentToken } from '../../src/platform/auth/development-keys.ts'
import { parseConfig } from '../../src/platform/config/config.ts'
import { encodeId } from '../../src/platform/graphql/ids.ts'
import { Caller } from './caller.ts'
import { type Choice, scripts } from './choice.ts'
import { eventCounts, violations } from './invariants.ts'
import type { Shop } from './requests.ts'

const customers = ['ALFKI', 'BONAP', 'ERNSH', 'QUICK', 'SAVEA', 'RATTC', 'HUNGO', 'FOLKO']
/** Each caller sends one request at a time. */
export const callers = customers.length
/** Few products, so that callers compete for them. */
const productKeys = [1, 2, 3, 4, 6, 7, 8, 10]

/** The events of each successful mutation, no more and no fewer. */
const eventOf: Record<string, string> = {
  orderPlace: 'order.placed',
  paymentRecord: 'payment.recorded',
  orderShip: 'order.shipped',
  orderConfirmDelivery: 'order.delivered',
  orderReturn: 'order.returned',
  orderCancel: 'order.cancelled',
  orderUpdateLines: 'order.lines_updated',
}

/** A server to call, and its database. */
export interface PlanTarget {
  /** The current URL, which changes with each restart. */
  server(): Promise<{ url: string }>
  ownerUrl: string
  dataDir: string
  /** Called after each step of a caller. */
  step(): void
  /** Waits for interruptions that the steps have started. */
  settled(): Promise<void>
}

interface Extent {
  /** What runs the test. */
  command: string
  /** For each caller. */
  steps: number
  /** The least number of orders that must come of it. */
  orders: number
}

/** Runs a random plan for all callers, and checks the invariants. */
export async function expectInvariants(
  { command, steps, orders }: Extent,
  against: (carryOut: (target: PlanTarget) => Promise<void>) => Promise<void>,
): Promise<void> {
  const seed = Number(process.env.PROPERTY_SEED ?? randomInt(2 ** 31))
  console.log(`seed ${seed}; to run it again: PROPERTY_SEED=${seed} ${command}`)
  const property = fc.asyncProperty(scripts(callers, steps), (plan) =>
    against(async (target) => {
      const done = await callAll(plan, target)
      console.log(`done: ${[...done].map(([mutation, count]) => `${mutation} ${count}`).join(', ')}`)
      expect(await violations(target.ownerUrl)).toEqual([])
      const events = await eventCounts(target.ownerUrl)
      for (const [mutation, topic] of Object.entries(eventOf)) {
        expect([topic, events.get(topic) ?? 0]).toEqual([topic, done.get(mutation) ?? 0])
      }
      expect(done.get('orderPlace')).toBeGreaterThan(orders)
    }),
  )
  const { failed, errorInstance } = await fc.check(property, { seed, numRuns: 1, endOnFailure: true })
  // A counterexample has hundreds of steps. Its seed says as much in one number.
  if (failed) throw errorInstance
}

async function callAll(plan: Choice[][], { server, dataDir, step, settled }: PlanTarget): Promise<Map<string, number>> {
  const shop: Shop = {
    server,
    products: productKeys.map((key) => encodeId('Product', demoId('product', key))),
    carrierId: encodeId('Carrier', demoId('carrier', 1)),
    orders: [],
  }
  const { auth } = parseConfig({ NODE_ENV: 'test' })
  const staff = await developmentToken(dataDir, auth, { sub: 'staff-admin', kind: 'staff', roles: ['admin'] })
  await fillShelves(shop, staff)
  const all = plan.map(async (choices, index) => {
    const customer = await developmentToken(dataDir, auth, demoCustomer(customers[index] ?? 'ALFKI'))
    const caller = new Caller(shop, { customer, staff })
    for (const choice of choices) {
      await caller.perform(choice)
      step()
    }
    return caller
  })
  const done = new Map<string, number>()
  for (const caller of await Promise.all(all)) {
    for (const [mutation, count] of caller.done) done.set(mutation, (done.get(mutation) ?? 0) + count)
  }
  await settled()
  return done
}

/** Enough that most orders succeed, and too little for all of them: 60 units each. */
async function fillShelves(shop: Shop, staff: string): Promise<void> {
  const filler = new Caller(shop, { customer: staff, staff })
  for (const [pick] of shop.products.entries()) {
    await filler.perform({ mutation: 'stockAdjust', pick, amount: 64, whole: true, lines: [] })
  }
}

/** Cuts the server's connections to this database. */
export async function cutConnections(ownerUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'scissors' })
  await client.connect()
  await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'frontdoor'`,
  )
  await client.end()
}
