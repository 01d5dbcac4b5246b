import { type Contender, customerOf, type Ground } from '../contender.ts'
import { sameApi } from '../same-api.ts'

export function sql(ground: Ground, runKey: string): Contender {
  const api = sameApi(ground, `${runKey}-sql`, (_type, id) => id)
  return {
    name: 'sql',
    entry: {
      file: 'bench/sql/server.ts',
      env: { DATABASE_URL: ground.database.ownerUrl, DATABASE_POOL_SIZE: String(ground.poolSize) },
    },
    headers: {},
    ...api,
    question: (shape) => {
      const question = api.question(shape)
      if (shape === 'get') return { ...question, get: {} }
      // The others name the customer by the credential.
      return shape === 'own'
        ? { ...question, variables: (turn) => ({ id: customerOf(turn, ground.sample) }) }
        : question
    },
  }
}
