import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createWorld, type World } from '../../support/world.ts'
import { placeOrder } from '../events/support/place-order.ts'
import { Receiver } from './support/receiver.ts'
import { deliveriesOf, hasty, newWebhook } from './support/webhook.ts'

let world: World
beforeAll(async () => {
  world = await createWorld({ env: hasty })
})
afterAll(() => world.close())

async function openReceiver(): Promise<Receiver> {
  const receiver = await Receiver.open()
  onTestFinished(() => receiver.close())
  return receiver
}

describe('a webhook with topics', () => {
  it('is sent each event of them, signed, with the event as `changes` shows it', async () => {
    const receiver = await openReceiver()
    const { id, secret } = await newWebhook(world, { url: receiver.url, topics: ['ORDER_PLACED'] })
    receiver.secrets = [secret]
    const order = await placeOrder(world, 'customer ALFKI')
    const [message] = await receiver.until(1)

    expect(message?.body).toMatchObject({ type: 'order.placed', data: { topic: 'order.placed', subjectId: order } })
    await expect
      .poll(() => deliveriesOf(world, id))
      .toMatchObject([
        {
          id: message?.id,
          topic: 'order.placed',
          state: 'DELIVERED',
          attempts: [{ number: 1, status: 200, outcome: 'ACCEPTED' }],
        },
      ])
  })
})
