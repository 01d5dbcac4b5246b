import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Prisma } from '../../src/generated/prisma/client.ts'
import { builder } from './builder.ts'
import { prisma } from './client.ts'

const LineInput = builder.inputType('OrderLineInput', {
  fields: (t) => ({ productId: t.id({ required: true }), quantity: t.int({ required: true }) }),
})
const ShipToInput = builder.inputType('OrderPlaceShipToInput', {
  fields: (t) => ({
    recipient: t.string({ required: true }),
    street: t.string({ required: true }),
    city: t.string({ required: true }),
    region: t.string(),
    postalCode: t.string(),
    country: t.string({ required: true }),
  }),
})
const PlaceInput = builder.inputType('OrderPlaceInput', {
  fields: (t) => ({
    customerId: t.id({ required: true }),
    lines: t.field({ type: [LineInput], required: true }),
    shipTo: t.field({ type: ShipToInput, required: true }),
    idempotencyKey: t.string({ required: true }),
  }),
})
type Input = typeof PlaceInput.$inferInput

const UserError = builder.objectRef<{ code: string }>('UserError').implement({
  fields: (t) => ({ code: t.exposeString('code') }),
})
const Payload = builder.objectRef<{ orderId: string }>('OrderPlacePayload').implement({
  fields: (t) => ({
    userErrors: t.field({ type: [UserError], resolve: () => [] }),
    order: t.prismaField({
      type: 'Order',
      resolve: (query, { orderId }) => prisma.order.findUniqueOrThrow({ ...query, where: { id: orderId } }),
    }),
  }),
})

builder.mutationType({
  fields: (t) => ({
    orderPlace: t.field({
      type: Payload,
      args: { input: t.arg({ type: PlaceInput, required: true }) },
      resolve: async (_root, { input }) => ({ orderId: await prisma.$transaction((tx) => placeOrder(tx, input)) }),
    }),
  }),
})

const principal = 'staff:bench'
const mutation = 'orderPlace'
const keptOutcome = z.object({ order: z.uuid() })

async function placeOrder(tx: Prisma.TransactionClient, input: Input): Promise<string> {
  const { idempotencyKey: key, ...args } = input
  const argsHash = Uint8Array.from(createHash('sha256').update(JSON.stringify(args)).digest())
  const id = { principal_key_field: { principal, key, field: mutation } }
  const known = await tx.idempotencyRecord.findUnique({ where: id })
  if (known) {
    if (!Buffer.from(known.argsHash).equals(argsHash)) throw new Error('The key came with other arguments.')
    return keptOutcome.parse(known.outcome).order
  }
  await tx.idempotencyRecord.create({ data: { principal, key, field: mutation, argsHash, outcome: {} } })
  const orderId = await write(tx, input)
  await tx.idempotencyRecord.update({ where: id, data: { outcome: { order: orderId } } })
  return orderId
}

async function write(tx: Prisma.TransactionClient, { customerId, lines, shipTo }: Input): Promise<string> {
  const ids = lines.map(({ productId }) => productId)
  await tx.$queryRaw`select 1 from commerce.md_product where uid = any(${ids}::uuid[]) order by uid for no key update`
  const products = new Map(
    (await tx.product.findMany({ where: { id: { in: ids } } })).map((product) => [product.id, product]),
  )
  if (!(await tx.customer.findUnique({ where: { id: customerId } }))) throw new Error('No such customer.')
  const priced = lines.map(({ productId, quantity }, index) => {
    const product = products.get(productId)
    if (!product || product.discontinued) throw new Error('It cannot be ordered.')
    if (product.stockOnHand - product.stockReserved < quantity) throw new Error('There is not enough of it.')
    return { productId, quantity, position: index + 1, unitPriceMinor: product.unitPriceMinor }
  })
  const currency = products.get(ids[0] ?? '')?.currency ?? ''
  const totalMinor = priced.reduce((sum, { quantity, unitPriceMinor }) => sum + BigInt(quantity) * unitPriceMinor, 0n)
  const order = await tx.order.create({
    data: {
      customerId,
      currency,
      totalMinor,
      shipToRecipient: shipTo.recipient,
      shipToStreet: shipTo.street,
      shipToCity: shipTo.city,
      shipToRegion: shipTo.region ?? null,
      shipToPostalCode: shipTo.postalCode ?? null,
      shipToCountry: shipTo.country,
      lines: { create: priced },
    },
  })
  await writeEvent(tx, 'order.placed', { type: 'Order', id: order.id }, { number: order.number, currency })
  for (const { productId, quantity } of priced) {
    const { stockOnHand, stockReserved } = await tx.product.update({
      where: { id: productId },
      data: { stockReserved: { increment: quantity } },
    })
    await writeEvent(tx, 'stock.changed', { type: 'Product', id: productId }, { stockOnHand, stockReserved })
  }
  return order.id
}

async function writeEvent(
  tx: Prisma.TransactionClient,
  topic: string,
  { type, id }: { type: string; id: string },
  payload: Prisma.InputJsonObject,
): Promise<void> {
  const last = await tx.domainEvent.aggregate({ where: { aggregateKey: id }, _max: { sequence: true } })
  await tx.domainEvent.create({
    data: {
      topic,
      aggregateType: type,
      aggregateKey: id,
      sequence: (last._max.sequence ?? 0) + 1,
      actorKind: 'staff',
      actorId: 'bench',
      payload,
    },
  })
}
