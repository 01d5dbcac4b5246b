import { describe, expect, it } from 'vitest'
import { DocumentCache } from '../../../src/platform/execution/document-cache.ts'

describe('the cache of documents', () => {
  it('returns the value stored under a text, and nothing under another', () => {
    const cache = new DocumentCache<number>()
    cache.set('{ a }', 1)
    cache.set('{ b }', 2)
    cache.set('{ a }', 3)
    expect([cache.get('{ a }'), cache.get('{ b }'), cache.get('{ c }')]).toEqual([3, 2, undefined])
  })

  it('stores texts of up to 16,000 characters, and no longer one', () => {
    const cache = new DocumentCache<number>()
    for (const length of [16_000, 16_001, 250_000]) cache.set('x'.repeat(length), length)
    const kept = [16_000, 16_001, 250_000].map((length) => cache.get('x'.repeat(length)))
    expect(kept).toEqual([16_000, undefined, undefined])
  })

  it('stores 1,024 of them, and drops the oldest for a new one', () => {
    const cache = new DocumentCache<number>()
    for (let index = 0; index <= 1024; index++) cache.set(`{ f${index} }`, index)
    expect(cache.get('{ f0 }')).toBeUndefined()
    expect([1, 512, 1024].map((index) => cache.get(`{ f${index} }`))).toEqual([1, 512, 1024])
    cache.set('{ f1 }', -1)
    expect([cache.get('{ f1 }'), cache.get('{ f2 }')]).toEqual([-1, 2])
  })
})
