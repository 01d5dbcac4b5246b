import { may, useSession } from './session.ts'

/** Which fields with a rule this viewer may read: what would be denied is not asked for. */
export type Sight = { withPersonal: boolean; withCustomer: boolean }

export function useSight(): Sight {
  const session = useSession()
  const isCustomer = session?.viewer.kind === 'customer'
  return {
    withPersonal: isCustomer || may(session, 'customers:pii'),
    withCustomer: !isCustomer && may(session, 'customers:read'),
  }
}
