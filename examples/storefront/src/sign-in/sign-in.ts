import { createClient } from '../api/client.ts'
import { takeBasketAlong } from '../basket/basket.ts'
import { graphql } from '../gql/index.ts'
import { type Session, startSession } from './session.ts'

const SignIn = graphql(`
  query SignIn {
    viewer {
      id
      kind
      roles
      scopes
      customer {
        id
        name
      }
    }
  }
`)

/** The back office's endpoint takes every kind of viewer. Starts a session with this token, or returns why it is not accepted. */
export async function signIn(token: string): Promise<string | undefined> {
  const { data, error } = await createClient(token, 'backOffice').query(SignIn, {}).toPromise()
  if (error?.graphQLErrors.some(({ extensions }) => extensions.code === 'UNAUTHENTICATED'))
    return 'This token is not accepted here, or no longer.'
  if (error || !data) return 'The shop cannot be reached. Check your connection, then try again.'
  const viewer = viewerOf(data.viewer)
  if (!viewer) return 'This is not the token of a customer, nor of staff.'
  if (viewer.kind === 'customer') takeBasketAlong(viewer.id)
  startSession({ token, viewer })
  return undefined
}

type Answer = {
  id?: string | null
  kind: string
  roles: string[]
  scopes: string[]
  customer?: { name: string } | null
}

function viewerOf({ id, kind, roles, scopes, customer }: Answer): Session['viewer'] | undefined {
  if (!id) return undefined
  if (kind === 'CUSTOMER' && customer) return { id, kind: 'customer', name: customer.name, scopes }
  if (kind === 'STAFF') return { id, kind: 'staff', name: `Staff, ${roles.join(', ')}`, scopes }
  return undefined
}
