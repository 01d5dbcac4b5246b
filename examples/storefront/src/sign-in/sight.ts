import { may, useSession } from './session.ts'

/** The guarded fields that this viewer may read, so that documents do not ask for fields that would be denied. */
export type Sight = { withPersonal: boolean; withCustomer: boolean }

export function useSight(): Sight {
  const session = useSession()
  const isCustomer = session?.viewer.kind === 'customer'
  return {
    withPersonal: isCustomer || may(session, 'customers:pii'),
    withCustomer: !isCustomer && may(session, 'customers:read'),
  }
}
