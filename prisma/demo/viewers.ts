import { encodeId } from '../../src/platform/graphql/ids.ts'
import { demoId } from './ids.ts'

/** The claims in a demo viewer's token. */
export interface DemoClaims {
  sub: string
  kind: 'staff' | 'customer'
  roles?: string[]
}

const orders = '{ viewer { kind } orders(first: 3) { totalCount edges { node { number total { amount } } } } }'
const events = '{ viewer { kind } auditEvents(first: 3) { edges { node { operation outcome } } } }'

/** Each viewer with a first query. */
export const demoViewers: readonly { name: string; label: string; claims: DemoClaims; query: string }[] = [
  { name: 'admin', label: 'admin: may do everything', claims: demoStaff('admin'), query: orders },
  {
    name: 'support',
    label: 'support: reads orders and customers, not their personal data',
    claims: demoStaff('support'),
    query: orders,
  },
  {
    name: 'warehouse',
    label: 'warehouse: ships orders, takes goods back',
    claims: demoStaff('warehouse'),
    query: orders,
  },
  { name: 'auditor', label: 'auditor: sees who did what', claims: demoStaff('auditor'), query: events },
  ...['ALFKI', 'BONAP'].map((code) => {
    const name = `customer ${code}`
    return { name, label: `${name}: sees only what is theirs`, claims: demoCustomer(code), query: orders }
  }),
]

export function demoCustomer(code: string): DemoClaims {
  return { sub: encodeId('Customer', demoId('customer', code)), kind: 'customer' }
}

export function demoStaff(role: string): DemoClaims {
  return { sub: `staff-${role}`, kind: 'staff', roles: [role] }
}
