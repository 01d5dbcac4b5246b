import type { Config } from '../config/config.ts'
import type { RemoteCalls, RemoteSource } from '../context.ts'
import { Egress } from '../egress/egress.ts'
import { Outgoing } from '../egress/outgoing.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import { type Asking, RemoteService } from './remote-service.ts'

interface RemoteServicesParts {
  sources: readonly RemoteSource[]
  config: Pick<Config, 'remote' | 'webhooks'>
  log: Log
  metrics: Metrics
}

/** The services that answer fields. */
export class RemoteServices {
  readonly #timeoutMs: number
  readonly #services: ReadonlyMap<RemoteSource, RemoteService>
  readonly #outgoing: Outgoing

  constructor({ sources, config, log, metrics }: RemoteServicesParts) {
    const { remote, webhooks } = config
    this.#timeoutMs = remote.timeoutMs
    this.#outgoing = new Outgoing(new Egress({ allowed: webhooks.networks, requiresHttps: false }))
    this.#services = new Map(
      sources.map((source) => {
        const ofSource = remote.sources[source.name] ?? {
          url: undefined,
          token: undefined,
          timeoutMs: source.timeoutMs,
        }
        return [source, new RemoteService({ source, config: ofSource, outgoing: this.#outgoing, log, metrics })]
      }),
    )
  }

  /** The calls of a request, whose time begins now. They are added to `remote`. */
  forRequest(
    { requestId, headers, deadline }: Pick<Asking, 'requestId' | 'headers'> & { deadline: number },
    { remote, trace }: { remote: Asking['used']; trace?: Asking['trace'] },
  ): RemoteCalls {
    const endsAt = Math.min(deadline, performance.now() + this.#timeoutMs)
    const asking = { requestId, headers, used: remote, trace, endsAt }
    return {
      call: async (source, call) => (await this.#serviceOf(source).call(call, asking)).value,
      values: (values, keys) => this.#serviceOf(values.source).values(values, keys, asking),
      forget: (values, key) => this.#serviceOf(values.source).forget(values, key),
    }
  }

  close(): void {
    this.#outgoing.close()
  }

  #serviceOf(source: RemoteSource): RemoteService {
    const service = this.#services.get(source)
    if (!service) throw new Error(`the domain does not list the source ${source.name}`)
    return service
  }
}
