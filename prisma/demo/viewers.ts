import { encodeId } from '../../src/platform/ids.ts'
import { demoId } from './ids.ts'

/** What the token of a demo viewer says. */
export interface DemoClaims {
  sub: string
  kind: 'staff' | 'customer'
  roles?: string[]
}

export const demoViewers: readonly { name: string; label: string; claims: DemoClaims }[] = [
  { name: 'admin', label: 'admin: may do everything', claims: demoStaff('admin') },
  {
    name: 'support',
    label: 'support: reads orders and customers, not their personal data',
    claims: demoStaff('support'),
  },
  { name: 'warehouse', label: 'warehouse: ships orders, takes goods back', claims: demoStaff('warehouse') },
  { name: 'auditor', label: 'auditor: sees who did what', claims: demoStaff('auditor') },
  { name: 'customer ALFKI', label: 'customer ALFKI: sees only what is theirs', claims: demoCustomer('ALFKI') },
  { name: 'customer BONAP', label: 'customer BONAP: sees only what is theirs', claims: demoCustomer('BONAP') },
]

export function demoCustomer(code: string): DemoClaims {
  return { sub: encodeId('Customer', demoId('customer', code)), kind: 'customer' }
}

export function demoStaff(role: string): DemoClaims {
  return { sub: `staff-${role}`, kind: 'staff', roles: [role] }
}
