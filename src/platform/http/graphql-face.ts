import type { IncomingMessage } from 'node:http'
import { acceptsEventStream, mediaTypeFor } from './accept.ts'
import type { Call, Face, OpenCall } from './face.ts'
import { type Refusal, refusalOf } from './request-refusal.ts'

/** The type of each response in a stream. */
const streamedType = 'application/graphql-response+json'

/** GraphQL over HTTP. */
export const graphqlFace: Face = {
  methods: 'GET, POST',
  open(request) {
    const refusal = refusalOf(request)
    return refusal ?? opened(request)
  },
}

function opened(request: IncomingMessage): OpenCall | Refusal {
  return {
    route: (request.url ?? '/').split('?', 1)[0] ?? '/',
    call(): Call {
      const { accept } = request.headers
      const mediaType = mediaTypeFor(accept)
      // Yoga takes the first media type of the header and ignores the weights.
      request.headers.accept = mediaType ?? streamedType
      return {
        head: request,
        facts: { acceptsStream: acceptsEventStream(accept) },
        isEventStream: mediaType === undefined,
        answer: (executed) => executed,
      }
    },
  }
}
