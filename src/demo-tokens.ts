import { developmentToken } from './platform/auth/development-keys.ts'
import type { Config } from './platform/config/config.ts'
import type { Domain } from './platform/domain.ts'

/** The demo viewers, each with a token signed by the development key. */
export function demoTokens({ dataDir, auth }: Config, { demo }: Pick<Domain, 'demo'>) {
  return Promise.all(
    (demo?.viewers ?? []).map(async ({ claims, ...viewer }) => {
      return { ...viewer, kind: claims.kind, token: await developmentToken(dataDir, auth, claims) }
    }),
  )
}
