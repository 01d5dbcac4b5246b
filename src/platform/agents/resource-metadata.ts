import type { Rule } from '../auth/rule.ts'
import type { Config } from '../config/config.ts'

const wellKnown = '/.well-known/oauth-protected-resource'

/** The path whose metadata this path has: `/.well-known/oauth-protected-resource/mcp` is about `/mcp`. */
export function describedPath(path: string): string | undefined {
  if (path === wellKnown) return '/mcp'
  return path.startsWith(`${wellKnown}/`) ? path.slice(wellKnown.length) : undefined
}

export function metadataUrl(origin: string, path: string): string {
  return `${origin}${wellKnown}${path}`
}

/** OAuth 2.0 Protected Resource Metadata (RFC 9728, section 2). */
export function resourceMetadata(origin: string, path: string, { auth }: Pick<Config, 'auth'>, rule: Rule): object {
  const servers = auth.providers.map(({ issuer }) => issuer).filter((issuer) => /^https?:/.test(issuer))
  const scopes = rule.needs.flatMap((need) => ('scope' in need ? need.scope : []))
  return {
    resource: `${origin}${path}`,
    ...(servers.length > 0 && { authorization_servers: servers }),
    ...(scopes.length > 0 && { scopes_supported: scopes }),
    bearer_methods_supported: ['header'],
  }
}
