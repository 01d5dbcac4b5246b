import { expect, it } from 'vitest'
import { Precedence } from '../../../src/platform/limits/precedence.ts'

it('bulk work goes on in a later turn of the event loop where no request is in flight', async () => {
  const order: string[] = []
  const piece = new Precedence().turn().then(() => order.push('piece'))
  await Promise.resolve()
  order.push('the same turn')
  await piece
  expect(order).toEqual(['the same turn', 'piece'])
})

it('bulk work waits for the last request in flight, also for one that fails', async () => {
  const precedence = new Precedence()
  const order: string[] = []
  const ends = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const requests = ends.map(({ promise }, at) =>
    precedence.during(() => promise).finally(() => order.push(`request ${at}`)),
  )
  const piece = precedence.turn().then(() => order.push('piece'))
  await new Promise((resolve) => setImmediate(resolve))
  ends[0]?.resolve()
  ends[1]?.reject(new Error('it failed'))
  await expect(Promise.all(requests)).rejects.toThrow('it failed')
  await piece
  expect(order).toEqual(['request 0', 'request 1', 'piece'])
})

it('bulk work goes on beside a request that does not end', async () => {
  const precedence = new Precedence()
  const { promise, resolve } = Promise.withResolvers<void>()
  const request = precedence.during(() => promise)
  await precedence.turn()
  resolve()
  await request
})

it('bulk work rests before its next piece where a request was there a moment ago, and goes on at once where none was', async () => {
  const asked = new Precedence()
  await asked.during(async () => {})
  const order: string[] = []
  // Behind a timer, so that the immediates of this turn of the event loop run before the next timers.
  await new Promise((resolve) => setTimeout(resolve, 1))
  const pieces = [asked, new Precedence()].map((each, at) => each.turn().then(() => order.push(`piece ${at}`)))
  await new Promise((resolve) => setImmediate(resolve))
  expect(order).toEqual(['piece 1'])
  await Promise.all(pieces)
  expect(order).toEqual(['piece 1', 'piece 0'])
})
