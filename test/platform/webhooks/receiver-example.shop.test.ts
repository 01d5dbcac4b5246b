import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { expect, it, onTestFinished } from 'vitest'
import { freePort } from '../../support/free-port.ts'
import { createWorld } from '../../support/world.ts'
import { placeOrder } from '../events/support/place-order.shop.ts'
import { call, json } from '../support/call.ts'
import { newWebhook } from './support/webhook.shop.ts'
import { deliveriesOf } from './support/webhook.ts'

it('the receiver of docs/clients.md takes what is signed, and nothing else', async () => {
  const world = await createWorld()
  onTestFinished(() => world.close())
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/`
  const { id, secret } = await newWebhook(world, { url, topics: ['ORDER_PLACED'] })
  const receiver = spawn(process.execPath, ['examples/webhooks/receiver.ts'], {
    env: { PATH: process.env.PATH, PORT: String(port), WEBHOOK_SECRET: secret },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void receiver.kill())
  const lines = createInterface(receiver.stdout)[Symbol.asyncIterator]()
  expect((await lines.next()).value).toBe('listening')

  const order = await placeOrder(world, 'customer ALFKI')
  const { value = '' } = await lines.next()
  expect(JSON.parse(value)).toMatchObject({ type: 'order.placed', data: { subjectId: order } })
  await expect.poll(() => deliveriesOf(world, id)).toMatchObject([{ attempts: [{ status: 204 }] }])

  const headers = { ...json, 'webhook-id': 'forged', 'webhook-timestamp': String(Math.floor(Date.now() / 1000)) }
  const forged = { ...headers, 'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}` }
  expect((await call(url, { path: '/', headers: forged, body: value })).status).toBe(400)
  expect((await call(url, { path: '/', headers, body: value })).status).toBe(400)
})
