import type { Demo } from '../platform/domain.ts'
import { encodeId } from '../platform/graphql/ids.ts'

const ofRole = (role: string) => ({ sub: `staff-${role}`, kind: 'staff', roles: [role] })

export const demo: Demo = {
  viewers: [{ name: 'admin', label: 'admin', claims: ofRole('admin'), query: '{ __typename }' }],
  ofRole,
  byCode: {
    kind: 'customer',
    examples: ['1', '2'],
    codes: async () => ['1', '2'],
    claimsOf: (number) => ({ sub: encodeId('Customer', Number(number)), kind: 'customer' }),
  },
}
