import type { Config } from '../config/config.ts'
import { type GraphQLEndpoint, restPathOf } from '../http/exchange.ts'
import type { ServedEndpoint } from '../http/front.ts'
import { apiPathIn } from '../http/problem.ts'
import type { Catalogue } from '../operations/catalogue.ts'
import { RestFace } from './rest-face.ts'
import { restOperations } from './rest-operation.ts'

interface RestEndpoint {
  audience: { name: string } | undefined
  catalogue: Catalogue
  endpoint: GraphQLEndpoint
  config: Config
}

/** The named operations of all endpoints, each below its path. */
export class Rest {
  readonly #served: ReadonlyMap<string, ServedEndpoint>

  /** Throws for an operation that cannot be served at its path. */
  constructor(endpoints: readonly RestEndpoint[]) {
    this.#served = new Map(
      endpoints.flatMap(({ audience, catalogue, endpoint, config }) => {
        const operations = restOperations(catalogue.operations)
        if (operations.length === 0) return []
        const name = audience?.name
        return [[restPathOf(name), { endpoint, config, face: new RestFace(operations, name) }]]
      }),
    )
  }

  servedAt(path: string): ServedEndpoint | undefined {
    const apiPath = apiPathIn(path)
    return apiPath === undefined ? undefined : this.#served.get(apiPath)
  }
}
