import { type AgentEndpoint, Agents, type AgentsParts } from './platform/agents/agents.ts'
import type { Audience, Domain } from './platform/domain.ts'
import { openApi } from './platform/rest/open-api.ts'
import { Rest } from './platform/rest/rest.ts'
import { restOperations } from './platform/rest/rest-operation.ts'

type NamedEndpoint = AgentEndpoint & { audience: (Audience & { name: string }) | undefined }

interface Served<E extends NamedEndpoint> extends Omit<AgentsParts, 'endpoints' | 'rule'> {
  endpoints: readonly E[]
  operations: Domain['operations']
}

/** Serves the named operations of all endpoints over REST and as tools. Throws for one that cannot be served so. */
export function serveOperations<E extends NamedEndpoint>({ endpoints, operations, ...parts }: Served<E>) {
  return {
    rest: new Rest(endpoints),
    tools: operations && new Agents({ ...parts, endpoints, rule: operations.tools }),
    /** The endpoints with what describes their operations to clients of REST. */
    described: endpoints.map((endpoint) => ({ ...endpoint, openApi: describe(endpoint) })),
  }
}

function describe({ audience, catalogue, config: { version } }: NamedEndpoint) {
  const operations = restOperations(catalogue.operations)
  return operations.length === 0 ? undefined : openApi({ audience, operations, version })
}
