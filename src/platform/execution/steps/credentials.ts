import type { GraphQLError } from 'graphql'
import { anonymous, type Viewer } from '../../auth/viewer.ts'
import { requestError } from '../../errors.ts'
import type { CredentialGuard } from '../../limits/credential-guard.ts'
import type { ContextFor } from '../request-context.ts'
import { currentScope } from '../request-scope.ts'
import type { FastOperation, HandOver, Step } from '../step.ts'

/** Whom an endpoint is for. */
export interface NamedAudience {
  name: string
  /** The kinds of viewers that it takes. */
  viewers: readonly string[]
}

export function credentials(guard: CredentialGuard, contextFor: ContextFor, audience?: NamedAudience): Step {
  return {
    name: 'credentials',
    about: 'Turns the credential into a viewer, and makes the context of the resolvers.',
    general: [
      {
        async onContextBuilding({ extendContext }) {
          const scope = currentScope()
          const { headers, address } = scope.request
          const viewer = scope.viewer ?? (await guard.viewer(headers.get('authorization'), address))
          scope.viewerKind = viewer.kind
          const refusal = audience && refusalOf(viewer, audience)
          if (refusal) throw refusal
          extendContext(contextFor(viewer, scope))
        },
      },
    ],
    fast: { onOperation: (operation) => identify(operation, guard, audience) },
  }
}

function refusalOf({ kind }: Viewer, { viewers }: NamedAudience): GraphQLError | undefined {
  if (viewers.includes(kind)) return undefined
  const taken = `This endpoint takes only: ${viewers.join(', ')}.`
  return kind === anonymous.kind
    ? requestError('UNAUTHENTICATED', `${taken} Send "Authorization: Bearer <token>".`)
    : requestError('FORBIDDEN', `${taken} This viewer is: ${kind}. Use the endpoint that is for it.`)
}

/** Only credentials that were accepted before: the general route counts refused ones. */
function identify(
  operation: FastOperation,
  guard: CredentialGuard,
  audience: NamedAudience | undefined,
): undefined | Promise<HandOver | undefined> | HandOver {
  const authorization = operation.request.headers.get('authorization')
  const viewer = operation.scope.viewer ?? (authorization === null ? anonymous : guard.knownViewer(authorization))
  if (!viewer) return 'hand over'
  const accept = (viewer: Viewer): HandOver | undefined => {
    if (audience && refusalOf(viewer, audience)) return 'hand over'
    operation.viewer = viewer
    operation.scope.viewerKind = viewer.kind
    return undefined
  }
  if (!(viewer instanceof Promise)) return accept(viewer)
  return viewer.then(accept, (): HandOver => 'hand over')
}
