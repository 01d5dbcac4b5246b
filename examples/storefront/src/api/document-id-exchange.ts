import { type DocumentNode, Kind } from 'graphql'
import { type Exchange, makeOperation, type Operation, type OperationResult } from 'urql'
import { filter, makeSubject, map, merge, pipe, share, tap } from 'wonka'

/** Set once the server of this tab's session refuses ids: from then on documents are sent as text. */
const sendsTexts = 'storefront.sends-texts'
const refusals = new Set(['PERSISTED_QUERY_NOT_FOUND', 'PERSISTED_QUERY_NOT_SUPPORTED'])

/**
 * Sends the id of each document, from the build's manifest, instead of its text. A server that does not know the id
 * gets the text once more: it has no manifest, or that of another build. Pages of Vite's development server belong to no build.
 */
export const documentIdExchange: Exchange = ({ forward }) => {
  const again = makeSubject<Operation>()
  const wholes = new WeakMap<Operation, Operation>()

  const shorten = (operation: Operation): Operation => {
    const id = operation.kind === 'teardown' || sessionStorage.getItem(sendsTexts) ? undefined : idOf(operation.query)
    if (id === undefined) return operation
    const named = makeOperation(operation.kind, operation)
    named.query = { kind: Kind.DOCUMENT, definitions: [], documentId: id }
    wholes.set(named, operation)
    return named
  }
  const isRefused = (result: OperationResult) => wholes.has(result.operation) && hasCode(result, refusals)
  const sendText = (result: OperationResult) => {
    sessionStorage.setItem(sendsTexts, 'true')
    const whole = wholes.get(result.operation)
    if (whole) again.next(whole)
  }

  return (operations) => {
    const results = pipe(merge([pipe(operations, map(shorten)), again.source]), forward, share)
    const refused = pipe(results, filter(isRefused), tap(sendText))
    const answered = pipe(
      results,
      filter((result) => !isRefused(result)),
    )
    return pipe(
      merge([
        answered,
        pipe(
          refused,
          filter(() => false),
        ),
      ]),
      // The cache needs the document that the response belongs to.
      map((result) => ({ ...result, operation: wholes.get(result.operation) ?? result.operation })),
    )
  }
}

/** The metadata that the generator adds to a document. */
function idOf(document: DocumentNode): string | undefined {
  if (import.meta.env.DEV || !('__meta__' in document)) return undefined
  const meta = document.__meta__
  return typeof meta === 'object' && meta !== null && 'hash' in meta && typeof meta.hash === 'string'
    ? meta.hash
    : undefined
}

function hasCode(result: OperationResult, codes: ReadonlySet<string>): boolean {
  return result.error?.graphQLErrors.some(({ extensions }) => codes.has(String(extensions.code))) ?? false
}
