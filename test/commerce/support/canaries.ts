import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { withClient } from '../../../src/platform/database/with-client.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { dataOf, type World } from '../../support/world.ts'
import { carrierId, done } from './orders.ts'

/** Values of one person that stand nowhere else. A law keeps those of the address that an invoice has. */
export const canaries = {
  code: 'CANARY01',
  name: 'Canary Zwei Wellensittich',
  contactName: 'Canary Drei Nymphensittich',
  contactTitle: 'Canary Vier Stieglitz',
  email: 'canary.fuenf@example.com',
  phone: '+49 30 66666601',
  recipient: 'Canary Sieben Girlitz',
  street: 'Canary Acht Gasse 8',
  city: 'Canarystadt Neun',
  region: 'Canaryland Zehn',
  postalCode: 'CNY-1111',
  openRecipient: 'Canary Zwölf Zeisig',
  openStreet: 'Canary Dreizehn Weg 13',
  openCity: 'Canarystadt Vierzehn',
  cancelReason: 'Canary Fünfzehn is ill',
  refundReason: 'Canary Siebzehn complains',
  returnReason: 'Canary Achtzehn is unhappy',
  note: 'Canary Neunzehn wrote to us',
} as const
export const keptCanaries = {
  invoiceRecipient: 'Canary Zwanzig Invoice',
  invoiceStreet: 'Canary Einundzwanzig Allee 21',
  invoiceCity: 'Canarystadt Zweiundzwanzig',
  invoicePostalCode: 'CNY-2323',
} as const

export interface CanaryPerson {
  key: string
  customerId: string
  orderIds: string[]
}

/** A customer with every kind of personal value, written through the API. */
export async function createCanaryPerson(world: World): Promise<CanaryPerson> {
  const admin = world.as('admin')
  const { code, name, contactName, contactTitle, email, phone } = canaries
  const created = await admin.query(
    'mutation ($input: CustomerCreateInput!) { customerCreate(input: $input) { customer { id } userErrors { code path } } }',
    { input: { code, name, contactName, contactTitle, email, phone, kind: 'PERSON', country: 'DE' } },
  )
  const id = z.object({ customerCreate: z.object({ customer: z.object({ id: z.string() }) }) })
  const customerId = dataOf(created, id).customerCreate.customer.id
  const { recipient, street, city, region, postalCode } = canaries
  dataOf(
    await admin.query(
      'mutation ($input: AddressAddInput!) { addressAdd(input: $input) { address { id } userErrors { code path } } }',
      { input: { customerId, recipient, street, city, region, postalCode, country: 'DE' } },
    ),
    z.object({ addressAdd: z.object({ address: z.object({ id: z.string() }) }) }),
  )
  const invoiced = await placeFor(world, customerId, {
    recipient: keptCanaries.invoiceRecipient,
    street: keptCanaries.invoiceStreet,
    city: keptCanaries.invoiceCity,
    postalCode: keptCanaries.invoicePostalCode,
    country: 'DE',
  })
  const open = await placeFor(world, customerId, {
    recipient: canaries.openRecipient,
    street: canaries.openStreet,
    city: canaries.openCity,
    country: 'DE',
  })
  const { orderId } = invoiced
  const amount = { amount: invoiced.grandTotal, currency: 'USD', idempotencyKey: randomUUID() }
  await done(world, 'admin', 'paymentRecord', { orderId, ...amount, method: 'CARD' })
  const { returnReason, refundReason, cancelReason, note } = canaries
  await done(world, 'admin', 'orderShip', { orderId, carrierId, idempotencyKey: randomUUID() })
  await done(world, 'admin', 'orderReturn', {
    orderId,
    lines: [{ orderLineId: invoiced.lineId, quantity: 1 }],
    reason: returnReason,
    restock: true,
    idempotencyKey: randomUUID(),
  })
  await done(world, 'admin', 'paymentRefund', {
    orderId,
    amount: '1.00',
    currency: 'USD',
    reason: refundReason,
    idempotencyKey: randomUUID(),
  })
  await done(world, 'admin', 'orderCancel', { orderId: open.orderId, reason: cancelReason })
  const { id: key } = await world.client.customer.findUniqueOrThrow({ where: { code } })
  await world.client.stockMovement.updateMany({ where: { order: { customerId: key } }, data: { note } })
  return { key, customerId, orderIds: [invoiced.orderId, open.orderId] }
}

const order = z.object({
  id: z.string(),
  grandTotal: z.object({ amount: z.string() }),
  lines: z.array(z.object({ id: z.string() })),
})

async function placeFor(world: World, customerId: string, shipTo: object) {
  const product = await world.client.product.findFirstOrThrow({
    where: { stockOnHand: { gt: 20 }, discontinued: false },
  })
  const lines = [{ productId: encodeId('Product', product.id), quantity: 2 }]
  const placed = await world.as('admin').query(
    `mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) {
      order { id grandTotal { amount } lines { id } } userErrors { code path } } }`,
    { input: { customerId, lines, shipTo, idempotencyKey: randomUUID() } },
  )
  const found = dataOf(placed, z.object({ orderPlace: z.object({ order }) })).orderPlace.order
  return { orderId: found.id, grandTotal: found.grandTotal.amount, lineId: found.lines[0]?.id }
}

const tables = z.array(z.object({ name: z.string() }))
const hits = z.tuple([z.object({ found: z.array(z.string()) })])

/** Where these values stand in any table of the database: `schema.table: value`. */
export function inTables({ databaseUrl }: Pick<World, 'databaseUrl'>, values: readonly string[]): Promise<string[]> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query(
      `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p', 'm') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast'`,
    )
    const found: string[] = []
    for (const { name } of tables.parse(rows)) {
      const { rows: hit } = await client.query(
        `select array(select v from unnest($1::text[]) v where exists (select from ${name} t where strpos(lower(t::text), lower(v)) > 0)) as found`,
        [values],
      )
      found.push(...hits.parse(hit)[0].found.map((value) => `${name}: ${value}`))
    }
    return found
  })
}

/** Where these values stand in any file of the server. */
export async function inFiles({ config }: World, values: readonly string[]): Promise<string[]> {
  const entries = await readdir(config.dataDir, { recursive: true, withFileTypes: true })
  const found: string[] = []
  for (const entry of entries.filter((each) => each.isFile())) {
    const text = (await readFile(join(entry.parentPath, entry.name))).toString('utf8')
    found.push(...values.filter((value) => text.includes(value)).map((value) => `${entry.name}: ${value}`))
  }
  return found
}
