import type { DemoClaims, DemoViewer } from '../../src/platform/domain.ts'
import { encodeId } from '../../src/platform/graphql/ids.ts'
import { demoId } from './ids.ts'

const orders = '{ viewer { kind } orders(first: 3) { totalCount edges { node { number total { amount } } } } }'
const events = '{ viewer { kind } auditEvents(first: 3) { edges { node { operation outcome } } } }'

const sales = `{ salesReport(by: [COUNTRY], measures: [ORDERS, NET], sort: { field: NET, direction: DESC }, first: 5) {
  rows { country orders net { amount currency } } totals { orders net { amount currency } }
} }`

export const demoViewers: readonly DemoViewer[] = [
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
  { name: 'analyst', label: 'analyst: reads reports', claims: demoStaff('analyst'), query: sales },
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
