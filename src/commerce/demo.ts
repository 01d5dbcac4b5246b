import { isDemoLoaded, loadDemo } from '../../prisma/demo/load.ts'
import { customerCodes } from '../../prisma/demo/northwind.ts'
import { demoCustomer, demoStaff, demoViewers } from '../../prisma/demo/viewers.ts'
import type { Demo } from '../platform/domain.ts'

export const demo: Demo = {
  viewers: demoViewers,
  ofRole: demoStaff,
  byCode: { kind: 'customer', examples: ['ERNSH', 'FRANK'], codes: customerCodes, claimsOf: demoCustomer },
  data: { load: loadDemo, isLoaded: isDemoLoaded },
}
