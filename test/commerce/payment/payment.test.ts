import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../support/world.ts'
import {
  denials,
  done,
  expectReplay,
  newOrder,
  orderIn,
  orderOf,
  owner,
  payloadOf,
  refusals,
} from '../support/orders.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const year = new Date().getUTCFullYear()
const key = () => ({ idempotencyKey: randomUUID() })
/** The full price of the order of `newOrder`: 5 units at 10.00 and 3 at 2.50. */
const paymentOf = (orderId: string, paid = '57.50', currency = 'USD') => {
  return { ...key(), orderId, amount: paid, currency, method: 'CARD' }
}
const refundOf = (orderId: string, amount: string, currency = 'USD') => ({ ...key(), orderId, amount, currency })

describe('paymentRecord', () => {
  it('makes the order paid, and issues its invoice at once', async () => {
    const { id } = await newOrder(world)
    const also = 'payment { amount { amount } method } invoice { number amount { amount } balance { amount } }'

    const { order, changed } = await done(world, 'admin', 'paymentRecord', paymentOf(id), also)

    expect(order).toEqual({ id, status: 'PAID', version: 2 })
    expect(changed).toEqual({
      payment: { amount: { amount: '57.50' }, method: 'CARD' },
      invoice: {
        number: expect.stringMatching(new RegExp(`^INV-${year}-\\d{6}$`)),
        amount: { amount: '57.50' },
        balance: { amount: '57.50' },
      },
    })
    const { timeline } = await orderOf(world, id)
    expect(timeline.map(({ topic }) => topic)).toEqual(['order.placed', 'payment.recorded', 'invoice.issued'])
  })

  it.each([
    ['57.49', 'USD', 'AMOUNT_MISMATCH', 'input.amount'],
    ['57.51', 'USD', 'AMOUNT_MISMATCH', 'input.amount'],
    ['0', 'USD', 'AMOUNT_MISMATCH', 'input.amount'],
    ['57.505', 'USD', 'INVALID_AMOUNT', 'input.amount'],
    ['-57.50', 'USD', 'INVALID_AMOUNT', 'input.amount'],
    ['57.50', 'EUR', 'CURRENCY_MISMATCH', 'input.currency'],
  ])('of %s %s is refused with %s, and changes nothing', async (amount, currency, code, path) => {
    const { id } = await newOrder(world)
    const refused = await refusals(world, 'admin', 'paymentRecord', paymentOf(id, amount, currency))
    expect(refused).toEqual([[code, path]])
  })

  it('is refused a second time, and for an unknown order', async () => {
    const { id } = await orderIn(world, 'PAID')
    expect(await refusals(world, 'admin', 'paymentRecord', paymentOf(id))).toEqual([
      ['INVALID_TRANSITION', 'input.orderId'],
    ])
    const unknown = 'order_01h455vb4pex5vsknk084sn02q'
    for (const orderId of [unknown, 'x']) {
      expect(await refusals(world, 'admin', 'paymentRecord', paymentOf(orderId))).toEqual([
        ['ORDER_UNKNOWN', 'input.orderId'],
      ])
    }
  })

  it('is for staff who record payments', async () => {
    const { id } = await newOrder(world)
    expect(await denials(world, owner, 'paymentRecord', paymentOf(id))).toEqual(['FORBIDDEN'])
    expect(await denials(world, 'support', 'paymentRecord', paymentOf(id))).toEqual(['FORBIDDEN'])
    expect(await denials(world, 'anonymous', 'paymentRecord', paymentOf(id))).toEqual(['UNAUTHENTICATED'])
  })

  it('a hundred times at once with one key pays once, with a hundred equal responses', async () => {
    const { id } = await newOrder(world)
    const payment = paymentOf(id)

    const calls = Array.from({ length: 100 }, () => done(world, 'admin', 'paymentRecord', payment, 'payment { id }'))
    const answers = await Promise.all(calls)

    expect(new Set(answers.map(({ changed }) => JSON.stringify(changed))).size).toBe(1)
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
    expect(await orderOf(world, id)).toMatchObject({ status: 'PAID', amountPaid: '57.50', version: 2 })
  }, 120_000)

  it('of many orders at once numbers their invoices without a gap', async () => {
    const orders = await Promise.all(Array.from({ length: 12 }, () => newOrder(world)))
    await Promise.all(orders.map(({ id }) => done(world, 'admin', 'paymentRecord', paymentOf(id))))

    const invoices = await world.client.invoice.findMany({ where: { number: { startsWith: `INV-${year}-` } } })
    const numbers = invoices.map(({ number }) => Number(number.split('-')[2])).sort((a, b) => a - b)
    expect(numbers).toEqual(numbers.map((_number, index) => index + 1))
  })
})

describe('paymentRefund', () => {
  it('refunds a part with a credit note, and then the rest', async () => {
    const { id } = await orderIn(world, 'DELIVERED')
    const also = 'refund { amount { amount } reason creditNote { number amount { amount } } }'

    const first = await done(world, 'admin', 'paymentRefund', { ...refundOf(id, '7.50'), reason: ' Late. ' }, also)
    await done(world, 'admin', 'paymentRefund', refundOf(id, '50'))

    const creditNote = { number: expect.stringMatching(new RegExp(`^CN-${year}-\\d{6}$`)), amount: { amount: '7.50' } }
    expect(first.changed).toEqual({ refund: { amount: { amount: '7.50' }, reason: 'Late.', creditNote } })
    expect(await orderOf(world, id)).toMatchObject({
      status: 'DELIVERED',
      amountPaid: '57.50',
      amountRefunded: '57.50',
      balance: '0.00',
      invoice: { amount: '57.50', balance: '0.00' },
      creditNotes: [{ amount: '7.50' }, { amount: '50.00' }],
    })
    expect(await refusals(world, 'admin', 'paymentRefund', refundOf(id, '0.01'))).toEqual([
      ['INVALID_TRANSITION', 'input.orderId'],
    ])
  })

  it.each([
    ['57.51', 'USD', 'REFUND_EXCEEDED', 'input.amount'],
    ['0', 'USD', 'INVALID_AMOUNT', 'input.amount'],
    ['0.001', 'USD', 'INVALID_AMOUNT', 'input.amount'],
    ['1', 'EUR', 'CURRENCY_MISMATCH', 'input.currency'],
  ])('of %s %s is refused with %s, and changes nothing', async (amount, currency, code, path) => {
    const { id } = await orderIn(world, 'PAID')
    const refused = await refusals(world, 'admin', 'paymentRefund', refundOf(id, amount, currency))
    expect(refused).toEqual([[code, path]])
  })

  it('above the rest, by two at once, happens once', async () => {
    const { id } = await orderIn(world, 'PAID')
    const both = [refundOf(id, '40'), refundOf(id, '40')]
    const answers = await Promise.all(both.map((input) => payloadOf(world, 'admin', 'paymentRefund', input)))
    const codes = answers.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))
    expect(codes).toEqual(['REFUND_EXCEEDED'])
    expect(await orderOf(world, id)).toMatchObject({ amountRefunded: '40.00', balance: '17.50' })
  })

  it('returns its outcome to a retry', async () => {
    const { id } = await orderIn(world, 'PAID')
    const { idempotencyKey: _own, ...input } = refundOf(id, '1')
    await expectReplay(world, 'admin', 'paymentRefund', input, 'refund { id }')
  })
})
