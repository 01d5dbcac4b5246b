import type { IncomingHttpHeaders } from 'node:http'
import type { Priority } from '../admission/waiting-line.ts'
import type { GraphQLEndpoint } from './exchange.ts'

/** A credential that was not accepted before gives no priority: anyone can make one up. */
export function priorityOf({ authorization }: IncomingHttpHeaders, endpoint: Pick<GraphQLEndpoint, 'knows'>): Priority {
  return authorization !== undefined && endpoint.knows(authorization) ? 'known' : 'anonymous'
}
