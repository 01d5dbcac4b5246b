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

it('pieces of bulk work run at once where no request came a moment ago', async () => {
  const precedence = new Precedence()
  const first = Promise.withResolvers<void>()
  const running = precedence.piece(() => first.promise)
  await precedence.piece(async () => {})
  first.resolve()
  await running
})

it('beside requests one piece of bulk work runs at a time, and the next one waits for longer than it took', async () => {
  const precedence = new Precedence()
  await precedence.during(async () => {})
  const begun: number[] = []
  const first = Promise.withResolvers<void>()
  const times = { begun: 0, ended: 0 }
  const pieces = [
    precedence.piece(() => {
      times.begun = performance.now()
      return first.promise
    }),
    precedence.piece(async () => {
      begun.push(performance.now())
    }),
  ]
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(begun).toEqual([])
  first.resolve()
  await pieces[0]
  times.ended = performance.now()
  await pieces[1]
  // Timers count whole milliseconds.
  expect(begun[0]).toBeGreaterThanOrEqual(times.ended + (times.ended - times.begun) - 2)
})

it('a piece of bulk work that fails lets the next one run', async () => {
  const precedence = new Precedence()
  await precedence.during(async () => {})
  const failed = precedence.piece(async () => {
    throw new Error('it failed')
  })
  await expect(failed).rejects.toThrow('it failed')
  await precedence.piece(async () => {})
})
