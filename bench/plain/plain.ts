import type { Contender, Ground } from '../contender.ts'
import { sameApi } from '../same-api.ts'

export function plain(ground: Ground, runKey: string): Contender {
  return {
    name: 'plain',
    entry: {
      file: 'bench/plain/server.ts',
      env: { DATABASE_URL: ground.database.ownerUrl, DATABASE_POOL_SIZE: String(ground.poolSize) },
    },
    headers: {},
    ...sameApi(ground, `${runKey}-plain`, (_type, id) => id),
  }
}
