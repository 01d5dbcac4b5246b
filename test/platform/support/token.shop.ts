import type { JWTPayload } from 'jose'
import { demoCustomer } from '../../../prisma/demo/viewers.ts'
import type { Config } from '../../../src/platform/config/config.ts'
import * as anyToken from './token.ts'

/** The claims of a customer's valid token, with these instead of its own; undefined omits one. */
export function claimsOf(config: Pick<Config, 'auth'>, changes: JWTPayload & { kind?: unknown } = {}): JWTPayload {
  return anyToken.claimsOf(config, { roles: undefined, ...demoCustomer('ALFKI'), ...changes })
}
