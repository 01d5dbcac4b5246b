import type { Viewer } from '../../platform/auth/viewer.ts'
import { builder } from '../../platform/builder.ts'
import type { Context } from '../../platform/context.ts'
import type { Transaction } from '../../platform/database/client.ts'
import { parseId } from '../../platform/ids.ts'
import { placesOrders } from '../access.ts'
import { type LockedProduct, lockProducts, reserveStock } from '../catalog/stock.ts'
import { lineTotalMinor } from '../money/line-total.ts'
import { UserError, UserErrors } from '../user-error.ts'

const maxLines = 100
const maxQuantity = 10_000
/** Fifteen digits: what still fits every column, and every client's exact numbers. */
const maxTotalMinor = 999_999_999_999_999n

const OrderPlaceLineInput = builder.inputType('OrderPlaceLineInput', {
  description: 'One product to order.',
  fields: (t) => ({
    productId: t.id({ required: true, description: 'The product.' }),
    quantity: t.int({ required: true, description: 'How many units, from 1 to 10,000.' }),
  }),
})

const OrderPlaceShipToInput = builder.inputType('OrderPlaceShipToInput', {
  description: 'Where an order goes.',
  fields: (t) => ({
    recipient: t.string({ required: true, description: 'Who receives it.' }),
    street: t.string({ required: true, description: 'Street and number.' }),
    city: t.string({ required: true, description: 'The city.' }),
    region: t.string({ description: 'The state or province.' }),
    postalCode: t.string({ description: 'The postal code.' }),
    country: t.field({ type: 'CountryCode', required: true, description: 'The country.' }),
  }),
})

const OrderPlaceInput = builder.inputType('OrderPlaceInput', {
  description: 'An order to place.',
  fields: (t) => ({
    customerId: t.id({
      description: 'Who orders. Customers order for themselves and may leave it out; staff must say.',
    }),
    lines: t.field({ type: [OrderPlaceLineInput], required: true, description: 'What is ordered: 1 to 100 products.' }),
    shipTo: t.field({ type: OrderPlaceShipToInput, required: true, description: 'Where it goes.' }),
    carrierId: t.id({ description: 'Who is to carry it; the shop chooses unless it is said.' }),
    requiredDate: t.field({ type: 'Date', description: 'When it is wanted at the latest; not before today (UTC).' }),
  }),
})

interface Payload {
  orderId: string | undefined
  errors: UserErrors
}

const OrderPlacePayload = builder.objectRef<Payload>('OrderPlacePayload').implement({
  description: 'What became of `orderPlace`.',
  fields: (t) => ({
    order: t.prismaField({
      type: 'Order',
      nullable: true,
      description: 'The new order; null when there are user errors.',
      resolve: (query, { orderId }, _args, { db }) =>
        orderId ? db.order.findUniqueOrThrow({ ...query, where: { id: orderId } }) : null,
    }),
    userErrors: t.field({
      type: [UserError],
      description: 'Everything to mend in the input; empty when the order was placed.',
      resolve: ({ errors }) => errors.list,
    }),
  }),
})

builder.mutationField('orderPlace', (t) =>
  t.field({
    type: OrderPlacePayload,
    nullable: true,
    auth: placesOrders,
    cost: 10,
    description: 'Places an order at today’s prices and reserves its stock. Freight is settled when it is shipped.',
    args: { input: t.arg({ type: OrderPlaceInput, required: true, description: 'The order.' }) },
    resolve: (_root, { input }, context) => placeOrder(input, context),
  }),
)

async function placeOrder(input: typeof OrderPlaceInput.$inferInput, { database, viewer }: Context): Promise<Payload> {
  const errors = new UserErrors()
  const draft = draftOf(input, viewer, errors)
  if (errors.any) return { orderId: undefined, errors }

  return database.transaction(async (tx) => {
    const products = await lockProducts(
      tx,
      draft.lines.map(({ productId }) => productId),
    )
    await checkParties(tx, draft, errors)
    const currency = checkLines(draft.lines, products, errors)
    if (errors.any || currency === undefined) return { orderId: undefined, errors }

    const lines = draft.lines.map(({ productId, quantity }, index) => {
      const unitPriceMinor = products.get(productId)?.unitPriceMinor ?? 0n
      return { productId, quantity, unitPriceMinor, discountBp: 0, position: index + 1 }
    })
    const totalMinor = lines.reduce((sum, line) => sum + lineTotalMinor(line), 0n)
    if (totalMinor > maxTotalMinor) {
      errors.add('TOTAL_TOO_LARGE', ['lines'])
      return { orderId: undefined, errors }
    }
    const { id } = await tx.order.create({
      data: { ...draft.order, currency, totalMinor, lines: { createMany: { data: lines } } },
      select: { id: true },
    })
    await reserveStock(tx, lines)
    return { orderId: id, errors }
  })
}

type Draft = ReturnType<typeof draftOf>

/** What can be said of the input without the database: its shape, and whom it may be for. */
function draftOf(input: typeof OrderPlaceInput.$inferInput, viewer: Viewer, errors: UserErrors) {
  if (input.lines.length === 0) errors.add('EMPTY_ORDER', ['lines'])
  if (input.lines.length > maxLines) errors.add('TOO_MANY_LINES', ['lines'])
  const { shipTo } = input
  return {
    lines: input.lines.length > maxLines ? [] : draftLines(input.lines, errors),
    order: {
      customerId: customerOf(input.customerId, viewer, errors),
      carrierId: carrierOf(input.carrierId, errors),
      requiredDate: requiredDateOf(input.requiredDate, errors),
      shipToRecipient: errors.text(shipTo.recipient, ['shipTo', 'recipient']),
      shipToStreet: errors.text(shipTo.street, ['shipTo', 'street']),
      shipToCity: errors.text(shipTo.city, ['shipTo', 'city']),
      shipToRegion: errors.optionalText(shipTo.region, ['shipTo', 'region'], { max: 100 }),
      shipToPostalCode: errors.optionalText(shipTo.postalCode, ['shipTo', 'postalCode'], { max: 20 }),
      shipToCountry: shipTo.country,
    },
  }
}

function draftLines(lines: (typeof OrderPlaceLineInput.$inferInput)[], errors: UserErrors) {
  const firstAt = new Map<string, number>()
  return lines.map(({ productId: publicId, quantity }, index) => {
    const path = ['lines', index]
    const productId = parseId('Product', publicId)
    if (quantity < 1 || quantity > maxQuantity) errors.add('INVALID_QUANTITY', [...path, 'quantity'])
    if (!productId) errors.add('PRODUCT_UNKNOWN', [...path, 'productId'])
    else if (firstAt.has(productId)) errors.add('DUPLICATE_PRODUCT', [...path, 'productId'])
    else firstAt.set(productId, index)
    return { productId: productId ?? '', quantity }
  })
}

function customerOf(publicId: string | null | undefined, viewer: Viewer, errors: UserErrors): string {
  const asked = publicId == null ? undefined : parseId('Customer', publicId)
  const customerId = viewer.subject ?? asked ?? ''
  if (publicId == null && !viewer.subject) errors.add('CUSTOMER_REQUIRED', ['customerId'])
  // Whether another's id exists is not for a customer to learn.
  else if (publicId != null && asked !== customerId) errors.add('CUSTOMER_UNKNOWN', ['customerId'])
  return customerId
}

function carrierOf(publicId: string | null | undefined, errors: UserErrors): string | null {
  if (publicId == null) return null
  const carrierId = parseId('Carrier', publicId)
  if (!carrierId) errors.add('CARRIER_UNKNOWN', ['carrierId'])
  return carrierId ?? null
}

function requiredDateOf(date: string | null | undefined, errors: UserErrors): Date | null {
  if (date == null) return null
  if (date < new Date().toISOString().slice(0, 10)) errors.add('DATE_IN_PAST', ['requiredDate'])
  return new Date(`${date}T00:00:00Z`)
}

async function checkParties(tx: Transaction, { order }: Draft, errors: UserErrors): Promise<void> {
  const { customerId, carrierId } = order
  const customer = await tx.customer.findUnique({ where: { id: customerId }, select: { id: true } })
  if (!customer) errors.add('CUSTOMER_UNKNOWN', ['customerId'])
  if (!carrierId) return
  const carrier = await tx.carrier.findUnique({ where: { id: carrierId }, select: { id: true } })
  if (!carrier) errors.add('CARRIER_UNKNOWN', ['carrierId'])
}

/** Checks every line against its locked product; gives the currency they have in common. */
function checkLines(
  lines: Draft['lines'],
  products: Map<string, LockedProduct>,
  errors: UserErrors,
): string | undefined {
  const currency = lines.map(({ productId }) => products.get(productId)?.currency).find((found) => found !== undefined)
  for (const [index, { productId, quantity }] of lines.entries()) {
    const path = ['lines', index]
    const product = products.get(productId)
    if (!product) errors.add('PRODUCT_UNKNOWN', [...path, 'productId'])
    else if (product.discontinued)
      errors.add('PRODUCT_DISCONTINUED', [...path, 'productId'], `${product.name} is no longer sold.`)
    else if (product.currency !== currency) errors.add('CURRENCY_MISMATCH', [...path, 'productId'])
    else if (product.available < quantity) {
      errors.add('INSUFFICIENT_STOCK', [...path, 'quantity'], `Of ${product.name} ${product.available} are available.`)
    }
  }
  return currency
}
