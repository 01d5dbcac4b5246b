import type { Noun, Plan } from '../noun.ts'
import { quoted, type WrittenFile } from './code.ts'
import { ruleOf, scopeOf, writeRuleOf, writeScopeOf } from './words-of-noun.ts'
import { hasWrites } from './write-files.ts'

/** Who may do what: everything for the role `admin`, and nothing for anybody else. */
export function accessFiles({ nouns }: Plan, folder: string): WrittenFile[] {
  return [
    { path: `${folder}/access.ts`, text: access(nouns) },
    { path: `${folder}/privileges.ts`, text: privileges(nouns) },
  ]
}

function access(nouns: readonly Noun[]): string {
  const written = nouns.filter(hasWrites)
  return `import { apiKeyPolicy } from '../platform/api-keys/api-key.ts'
import type { Identity } from '../platform/auth/identity.ts'
import type { RowPolicies, RowPolicy } from '../platform/auth/row-policy.ts'
import { kind, anyOf, scope } from '../platform/auth/rule.ts'
import type { Viewer } from '../platform/auth/viewer.ts'
import { bulkExportPolicy } from '../platform/bulk/bulk-export-policy.ts'
import { bulkImportPolicies } from '../platform/bulk/bulk-import.ts'
import type { Domain } from '../platform/domain.ts'
import { personPolicies } from '../platform/persons/requests/person-request-policy.ts'
import type { Sensitivities } from '../platform/privacy/sensitivity.ts'
import { webhookPolicies } from '../platform/webhooks/webhook-policies.ts'
import { heldOfPeople } from './personal-data.ts'

declare module '../platform/privacy/sensitivity.ts' {
  interface SensitivityNames {
    /** Values that identify a person or say how to reach them, and texts that may contain such values. */
    personal: true
  }
}

/** Permissions of staff and of partners' programs. */
export const scopes = {
  ${nouns.map((noun) => `${quoted(scopeOf(noun))}: ${quoted(`See ${noun.phrases}.`)},`).join('\n  ')}
  ${written.map((noun) => `${quoted(writeScopeOf(noun))}: ${quoted(`Change ${noun.phrases}.`)},`).join('\n  ')}
  'personal:read': 'See personal data, of everything that the viewer may see.',
  'keys:manage': 'Make, list and revoke API keys.',
  'webhooks:manage': 'Make, change and replay webhooks: an API key its own, staff those of all keys.',
  'tools:use': 'Let agents call tools with an API key.',
  'privacy:manage': 'Export, erase and restrict the data of people, and see every such request.',
  'audit:read': 'See who did what.',
} as const

type Scope = keyof typeof scopes

export const managesKeys: Scope = 'keys:manage'
export const managesWebhooks: Scope = 'webhooks:manage'
export const managesPersons: Scope = 'privacy:manage'

/** Roles of staff: named sets of scopes. */
export const roles: Readonly<Record<string, readonly Scope[]>> = {
  admin: Object.keys(scopes).filter(isScope),
}

const withScope = (name: Scope) => scope(name)

${nouns.map((noun) => `export const ${ruleOf(noun)} = withScope(${quoted(scopeOf(noun))})`).join('\n')}
${written.map((noun) => `export const ${writeRuleOf(noun)} = withScope(${quoted(writeScopeOf(noun))})`).join('\n')}
/** Everyone with a credential: an export has an owner. */
export const makesExports = anyOf(kind('staff'), kind('apiKey'))
/** Whose agents may call tools. The token of a person is theirs; an API key says whether it is meant for agents. */
export const usesTools = anyOf(kind('staff'), withScope('tools:use'))

/** The rule that each sensitivity tag brings. */
export const sensitivities: Sensitivities = {
  personal: withScope('personal:read'),
  audit: withScope('audit:read'),
}

export const toViewer: Domain['toViewer'] = ({ id, kind, roles: named, scopes: own }: Identity): Viewer | undefined => {
  if (kind !== 'staff') return undefined
  const known = named.filter((name) => Object.hasOwn(roles, name))
  const granted = new Set<string>([...known.flatMap((name) => roles[name] ?? []), ...own])
  return { kind, id, subject: undefined, roles: known, scopes: granted }
}

function isScope(name: string): name is Scope {
  return Object.hasOwn(scopes, name)
}

/**
 * All rows for a viewer with the scope, and none for anybody else. To show a viewer only their own rows, return a
 * condition: \`{ customerId: viewer.subject }\`. A row that leads to one of \`implies\` is visible only together with it.
 */
function rowsFor(name: Scope, ...implies: string[]): RowPolicy<never> {
  return { rows: (viewer) => (viewer.scopes.has(name) ? 'all' : 'none'), implies }
}

/** Which rows each viewer sees: of a model that is not here, none. The platform applies it below every read. */
export const rowPolicies: RowPolicies = {
  ${nouns.map((noun) => `${noun.model}: rowsFor(${[scopeOf(noun), ...toOne(noun)].map(quoted).join(', ')}),`).join('\n  ')}
  ApiKey: apiKeyPolicy(managesKeys),
  ...webhookPolicies(managesWebhooks),
  ...bulkImportPolicies,
  BulkExport: bulkExportPolicy,
  ...personPolicies(managesPersons, heldOfPeople),
  AuditEvent: { rows: (viewer) => (viewer.scopes.has('audit:read') ? 'all' : 'none') },
}
`
}

/** The relations to one row. Their fields have rules of their own. */
function toOne({ relations, backRelations }: Noun): string[] {
  const backs = backRelations.filter(({ isBackList }) => !isBackList).map(({ backName }) => backName)
  return [...relations.map(({ name }) => name), ...backs]
}

function privileges(nouns: readonly Noun[]): string {
  return `import type { Domain } from '../platform/domain.ts'

const read = { select: true } as const

/** What the server role may do with each table: only what reads and mutations need. */
export const privileges: Domain['privileges'] = {
  ${nouns.map((noun) => `${noun.model}: ${privilegesOf(noun)},`).join('\n  ')}
}
`
}

function privilegesOf(noun: Noun): string {
  if (!hasWrites(noun)) return 'read'
  const { isCreated, values, references, version } = noun.writes
  const changed = [
    ...references.filter(({ isUpdated }) => isUpdated).flatMap(({ relation }) => relation.fields),
    ...values.filter(({ isUpdated }) => isUpdated).map(({ field }) => field),
    ...(version ? [version.field] : []),
  ].filter((field) => !noun.key.includes(field))
  const names = [...new Set(changed)].map(({ name }) => quoted(name))
  const update = names.length > 0 ? `update: [${names.join(', ')}], ` : ''
  return `{ select: true, ${isCreated ? 'insert: true, ' : ''}${update}delete: true }`
}
