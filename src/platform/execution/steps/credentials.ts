import { anonymous, type Viewer } from '../../auth/viewer.ts'
import type { CredentialGuard } from '../../limits/credential-guard.ts'
import type { ContextFor } from '../request-context.ts'
import { currentScope } from '../request-scope.ts'
import type { FastOperation, HandOver, Step } from '../step.ts'

export function credentials(guard: CredentialGuard, contextFor: ContextFor): Step {
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
          extendContext(contextFor(viewer, scope))
        },
      },
    ],
    fast: { onOperation: (operation) => identify(operation, guard) },
  }
}

/** Only credentials that were accepted before: the general route counts refused ones. */
function identify(
  operation: FastOperation,
  guard: CredentialGuard,
): undefined | Promise<HandOver | undefined> | HandOver {
  const authorization = operation.request.headers.get('authorization')
  const viewer = operation.scope.viewer ?? (authorization === null ? anonymous : guard.knownViewer(authorization))
  if (!viewer) return 'hand over'
  const accept = (viewer: Viewer): undefined => {
    operation.viewer = viewer
    operation.scope.viewerKind = viewer.kind
  }
  if (!(viewer instanceof Promise)) return accept(viewer)
  return viewer.then(accept, (): HandOver => 'hand over')
}
