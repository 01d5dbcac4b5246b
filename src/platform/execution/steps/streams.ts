import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, execute } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Context, Cursors, FeedEvent } from '../../context.ts'
import { codeOf, errorCatalogue, publicError, requestError } from '../../errors.ts'
import { FeedStream } from '../../events/feed-stream.ts'
import { positionTexts } from '../../events/position.ts'
import { type ExchangeRequest, ExchangeResponse, StreamResponse } from '../../http/exchange.ts'
import type { Log } from '../../observability/log.ts'
import { nameInLog } from '../../observability/operation-name.ts'
import type { ErrorMask } from '../error-mask.ts'
import { currentScope, type RequestScope } from '../request-scope.ts'
import { ResponseStream } from '../response-stream.ts'
import type { Step } from '../step.ts'
import type { Streams } from '../streams.ts'

interface Parts {
  streams: Streams
  /** Takes all steps of the pipeline again, for one event of a stream. */
  respond: (request: ExchangeRequest, event: FeedEvent) => Promise<ExchangeResponse | StreamResponse | undefined>
  cursors: Cursors
  mask: ErrorMask
  log: Log
}

type Yoga = Parameters<NonNullable<Plugin['onYogaInit']>>[0]['yoga']

const streamsOnly =
  'A subscription responds with a stream: send "accept: text/event-stream", or use a WebSocket of the subprotocol ' +
  'graphql-transport-ws.'

/**
 * Begins a stream for a subscription. Each of its events takes the steps of a request: credential, rules, cost and limits
 * are checked as they are at that moment.
 */
export function streams(parts: Parts): Step {
  let yoga: Yoga
  const positionOf = positionTexts(parts.cursors)

  async function subscribe(args: ExecutionArgs): Promise<ExecutionResult | AsyncIterable<unknown>> {
    const scope = currentScope()
    if (!scope.request.acceptsStream) throw requestError('NOT_ACCEPTABLE', streamsOnly)
    const { viewer } = args.contextValue as Context
    const release = parts.streams.reserve(viewer, scope.request)
    try {
      const source = await createSourceEventStream(args)
      if (!(Symbol.asyncIterator in source)) {
        release()
        return source
      }
      scope.follows = source instanceof FeedStream ? source.filter : undefined
      scope.stream = openStream(source as AsyncIterable<FeedEvent>, scope, release, { ...parts, positionOf })
      return source
    } catch (error) {
      release()
      throw error
    }
  }

  return {
    name: 'streams',
    about: 'Begins a stream for a subscription, whose events take all steps again.',
    general: [
      {
        onYogaInit(payload) {
          yoga = payload.yoga
        },
        onParams({ setParamsHandler }) {
          const { event } = currentScope()
          if (!event) return
          setParamsHandler(({ request, params, context }) => {
            const enveloped = yoga.getEnveloped(Object.assign(context, { request, params }))
            return executeFor(event, enveloped, params)
          })
        },
        onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscribe),
        // Yoga's own function would subscribe again.
        onExecute: ({ setExecuteFn }) => (currentScope().event ? setExecuteFn(execute) : undefined),
        onExecutionResult({ result, setResult }) {
          const { event } = currentScope()
          if (!event || !result || !('data' in result || 'errors' in result)) return
          // What was not there for a moment must not count as sent.
          if (result.errors?.some(isPassing)) return setResult({ errors: result.errors.filter(isPassing) })
          result.extensions = { ...result.extensions, position: positionOf(event) }
        },
        onResultProcess({ setResultProcessor }) {
          const { stream } = currentScope()
          if (!stream) return
          setResultProcessor(() => new StreamResponse(stream) as unknown as Response, 'text/event-stream')
        },
      },
    ],
    fast: {
      onResponse({ scope: { event } }, response) {
        if (!event) return
        response.extensions = { ...response.extensions, position: positionOf(event) }
      },
    },
  }
}

/** As Yoga executes a request, with the event as root value. */
async function executeFor(
  event: FeedEvent,
  enveloped: ReturnType<Yoga['getEnveloped']>,
  { query = '', variables, operationName }: { query?: string; variables?: object; operationName?: string },
): Promise<ExecutionResult> {
  const document = enveloped.parse(query)
  const errors = enveloped.validate(enveloped.schema, document)
  if (errors.length > 0) return { errors }
  const contextValue = await enveloped.contextFactory()
  const { schema } = enveloped
  return enveloped.execute({
    schema,
    document,
    contextValue,
    variableValues: variables,
    operationName,
    rootValue: event,
  })
}

function openStream(
  source: AsyncIterable<FeedEvent>,
  { request, operation, viewerKind }: RequestScope,
  release: () => void,
  { streams, respond, positionOf, mask, log }: Parts & { positionOf: (event: FeedEvent) => string },
): ResponseStream {
  const stream = new ResponseStream({
    source: source[Symbol.asyncIterator](),
    respond: async (event) => {
      const response = await respond(request.again(), event)
      return response instanceof ExchangeResponse ? response : undefined
    },
    positionOf,
    refusal: (error) => JSON.stringify({ errors: [mask(error)] }),
    onEnd: (ended, end) => {
      release()
      streams.remove(ended)
      const { requestId, startedAt } = request
      const durationMs = Math.round(performance.now() - startedAt)
      const named = nameInLog(operation?.name?.value)
      log.info(
        { requestId, operation: named, viewer: viewerKind, events: ended.count, durationMs, end },
        'stream ended',
      )
    },
  })
  streams.add(stream, request)
  return stream
}

function isPassing(error: unknown): boolean {
  return errorCatalogue[codeOf(publicError(error)) ?? 'INTERNAL_SERVER_ERROR'].status === 503
}
