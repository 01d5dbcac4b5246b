import type { Contender, Ground } from '../contender.ts'
import { sameApi } from '../same-api.ts'

export function plain(ground: Ground, runKey: string): Contender {
  const api = sameApi(ground, `${runKey}-plain`, (_type, id) => id)
  return {
    name: 'plain',
    entry: {
      file: 'bench/plain/server.ts',
      env: { DATABASE_URL: ground.database.ownerUrl, DATABASE_POOL_SIZE: String(ground.poolSize) },
    },
    headers: {},
    ...api,
    shapes: ['typename', 'product', 'get', 'list', 'orders20', 'deep', 'pageFirst', 'page', 'place'],
    question: (shape) => {
      const question = api.question(shape)
      return shape === 'get' ? { ...question, get: { query: question.document } } : question
    },
  }
}
