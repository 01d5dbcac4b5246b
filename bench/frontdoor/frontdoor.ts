import { randomBytes } from 'node:crypto'
import { encodeId } from '../../src/platform/graphql/ids.ts'
import type { Contender, Ground } from '../contender.ts'
import { sameApi } from '../same-api.ts'
import type { Issuer } from './issuer.ts'

/** Limits that a load from one address would reach at once. They stay on, and count. */
const outOfReach = {
  RATE_LIMIT_CAPACITY: '1000000000',
  RATE_LIMIT_RESTORE_PER_SECOND: '1000000000',
  RATE_LIMIT_ANONYMOUS_CAPACITY: '1000000000',
  RATE_LIMIT_ANONYMOUS_RESTORE_PER_SECOND: '1000000000',
}

/** The same with cached responses: at `product` and `list` every request after the first is a hit. */
export async function cached(ground: Ground, issuer: Issuer, runKey: string): Promise<Contender> {
  const { entry, ...same } = await frontdoor(ground, issuer, `${runKey}-cached`)
  const env = { ...entry.env, RESPONSE_CACHE_BYTES: '67108864' }
  return { ...same, name: 'cached', entry: { ...entry, env } }
}

/** Frontdoor in another checkout, whose packages are installed there. */
export async function base(ground: Ground, issuer: Issuer, runKey: string, root: string): Promise<Contender> {
  const { entry, ...same } = await frontdoor(ground, issuer, `${runKey}-base`)
  return { ...same, name: 'base', entry: { ...entry, root } }
}

/** Frontdoor as shipped, in production mode with everything switched on, and an administrator as viewer. */
export async function frontdoor(ground: Ground, issuer: Issuer, runKey: string): Promise<Contender> {
  return {
    name: 'frontdoor',
    entry: {
      file: 'src/main.ts',
      env: {
        ...issuer.env,
        ...outOfReach,
        DATABASE_URL: ground.database.url,
        DATABASE_POOL_SIZE: String(ground.poolSize),
        CURSOR_SECRET: randomBytes(32).toString('hex'),
      },
    },
    headers: { authorization: `Bearer ${await issuer.token(['admin'])}` },
    ...sameApi(ground, `${runKey}-frontdoor`, encodeId),
  }
}
