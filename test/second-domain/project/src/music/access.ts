import { apiKeyPolicy } from '../platform/api-keys/api-key.ts'
import type { RowPolicies } from '../platform/auth/row-policy.ts'
import { anyOf, kind, scope } from '../platform/auth/rule.ts'
import { bulkExportPolicy } from '../platform/bulk/bulk-export-policy.ts'
import { bulkImportPolicies } from '../platform/bulk/bulk-import.ts'
import { keyFrom, keyText } from '../platform/database/row-key.ts'
import type { Domain } from '../platform/domain.ts'
import { parseId } from '../platform/graphql/ids.ts'
import { webhookPolicies } from '../platform/webhooks/webhook-policies.ts'

declare module '../platform/privacy/sensitivity.ts' {
  interface SensitivityNames {
    personal: true
  }
}

export const scopes = {
  'music:read': 'See everything.',
  'music:write': 'Change everything.',
  'keys:manage': 'Make, list and revoke API keys.',
  'webhooks:manage': 'Make webhooks.',
  'audit:read': 'See who did what.',
} as const

export const roles = { admin: Object.keys(scopes) }

const customer = kind('customer')
export const reads = anyOf(customer, scope('music:read'))
export const writes = scope('music:write')

export const sensitivities: Domain['sensitivities'] = { personal: reads, audit: scope('audit:read') }

export const toViewer: Domain['toViewer'] = ({ id, kind, roles: named }) => {
  if (kind === 'staff' && named.includes('admin'))
    return { kind, id, subject: undefined, roles: named, scopes: new Set(roles.admin) }
  const key = parseId('Customer', id)
  if (kind !== 'customer' || key === undefined) return undefined
  return { kind, id, subject: keyText('Customer', key), roles: [], scopes: new Set() }
}

const everyRow = { rows: () => 'all' as const }

function owned<Where>(ofCustomer: (customerId: number) => Where) {
  return {
    rows: ({ scopes, subject }: { scopes: ReadonlySet<string>; subject: string | undefined }) => {
      if (scopes.has('music:read')) return 'all' as const
      return subject === undefined ? ('none' as const) : ofCustomer(keyFrom('Customer', subject))
    },
    implies: ['customer'],
  }
}

export const rowPolicies: RowPolicies = {
  Artist: everyRow,
  Album: everyRow,
  Track: everyRow,
  Genre: everyRow,
  Playlist: everyRow,
  PlaylistTrack: everyRow,
  Employee: everyRow,
  Customer: owned((id) => ({ id })),
  Invoice: owned((customerId) => ({ customerId })),
  Fan: owned((customerId) => ({ customerId })),
  Label: everyRow,
  Play: everyRow,
  Review: everyRow,
  Concert: everyRow,
  Seat: everyRow,
  Ticket: everyRow,
  ApiKey: apiKeyPolicy('keys:manage'),
  ...webhookPolicies('webhooks:manage'),
  ...bulkImportPolicies,
  BulkExport: bulkExportPolicy,
  AuditEvent: { rows: (viewer) => (viewer.scopes.has('audit:read') ? 'all' : 'none') },
}
