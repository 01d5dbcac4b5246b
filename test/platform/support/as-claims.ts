import { developmentToken } from '../../../src/platform/auth/development-keys.ts'
import { type Answer, answer, type World } from '../../support/world.ts'

interface Claims {
  sub: string
  kind: string
  roles?: string[]
  scope?: string
}

/** A viewer with other claims than a demo viewer's. */
export function asClaims(world: World, claims: Claims) {
  const { config } = world
  return asBearer(world, () => developmentToken(config.dataDir, config.auth, claims))
}

/** A viewer with any credential. */
export function asBearer({ fetchGraphQL }: World, credential: () => string | Promise<string>) {
  return {
    query: async (query: string, variables: Record<string, unknown> = {}): Promise<Answer> => {
      const response = await fetchGraphQL({
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          authorization: `Bearer ${await credential()}`,
        },
        body: JSON.stringify({ query, variables }),
      })
      return answer.parse(await response.json())
    },
  }
}
