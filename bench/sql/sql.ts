import type { Contender, Ground } from '../contender.ts'
import { sameApi } from '../same-api.ts'

export function sql(ground: Ground, runKey: string): Contender {
  return {
    name: 'sql',
    entry: {
      file: 'bench/sql/server.ts',
      env: { DATABASE_URL: ground.database.ownerUrl, DATABASE_POOL_SIZE: String(ground.poolSize) },
    },
    headers: {},
    ...sameApi(ground, `${runKey}-sql`, (_type, id) => id),
  }
}
