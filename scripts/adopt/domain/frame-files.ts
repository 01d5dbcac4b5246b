import { camelCase, wordsOf } from '../words.ts'
import { quoted, type WrittenFile } from './code.ts'

/** What every domain needs and no noun says: the viewer, keys, webhooks, exports, events, and the domain itself. */
export function frameFiles(name: string, folder: string, files: readonly WrittenFile[]): WrittenFile[] {
  const isWritten = files.some(({ path }) => path === `${folder}/row-topics.ts`)
  const fixed = Object.entries({ ...frame, ...(isWritten ? withRows : {}) }).map(([file, text]) => {
    return { path: `${folder}/${file}`, text }
  })
  return [...fixed, { path: `${folder}/index.ts`, text: indexFile(name, folder, [...files, ...fixed]) }]
}

/** Files that `index.ts` imports for their values, and not only for what they add to the schema. */
const named = new Set([
  'access.ts',
  'demo.ts',
  'examples.ts',
  'events.ts',
  'privileges.ts',
  'mutations.ts',
  'person-topics.ts',
  'personal-data.ts',
  'ranges.ts',
  'row-topics.ts',
  'webhook-topics.ts',
])

function indexFile(name: string, folder: string, files: readonly WrittenFile[]): string {
  const inFolder = files.flatMap(({ path }) => (path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : []))
  const added = inFolder.filter((file) => !named.has(file)).sort()
  return `import { join } from 'node:path'
import type { Domain } from '../platform/domain.ts'
import { withErasure } from '../platform/privacy/map/person-privileges.ts'
import { roles, rowPolicies, scopes, sensitivities, toViewer, usesTools } from './access.ts'
import { demo } from './demo.ts'
import { events } from './events.ts'
import { exampleOperations } from './examples.ts'
import { personTopics } from './person-topics.ts'
import { heldOfPeople } from './personal-data.ts'
import { privileges } from './privileges.ts'
${added.map((file) => `import ${quoted(`./${file}`)}`).join('\n')}

/** Each import above adds its types and fields to the schema. */
export const ${camelCase(wordsOf(name))}: Domain = {
  name: ${quoted(name)},
  scopes,
  roles,
  toViewer,
  rowPolicies: { ...rowPolicies, DomainEvent: events.policy, PlacedEvent: events.policy },
  privileges: withErasure(privileges, heldOfPeople),
  sensitivities,
  personalData: heldOfPeople,
  personTopics,
  captures: [],
  topics: events.topics,
  eventPolicy: events.policy,
  exampleOperations,
  operations: { folder: join(import.meta.dirname, 'operations'), tools: usesTools },
  demo,
}
`
}

const frame: Record<string, string> = {
  'api-keys.ts': `import { defineApiKeys } from '../platform/api-keys/define-api-keys.ts'
import { managesKeys, scopes } from './access.ts'
import { mutation } from './mutations.ts'

export const apiKeyTopics = defineApiKeys({ mutation, scopes, manageScope: managesKeys })
`,
  'bulk-exports.ts': `import { defineBulkExports } from '../platform/bulk/define-bulk-exports.ts'
import { makesExports } from './access.ts'
import { mutation } from './mutations.ts'

defineBulkExports({ mutation, auth: makesExports })
`,
  'demo.ts': `import type { Demo } from '../platform/domain.ts'

const query = '{ viewer { kind id roles scopes } }'
const ofRole = (role: string) => ({ sub: \`staff-\${role}\`, kind: 'staff', roles: [role] })

/** Whom to try the API as: development alone has them. */
export const demo: Demo = {
  viewers: [
    { name: 'admin', label: 'admin: may do everything', claims: ofRole('admin'), query },
    {
      name: 'staff',
      label: 'staff: a member of staff without a role, who may see nothing yet',
      claims: { sub: 'staff-without-role', kind: 'staff' },
      query,
    },
  ],
  ofRole,
}
`,
  'events.ts': eventsFile([]),
  'mutations.ts': mutationsFile(false),
  'person-topics.ts': `import { scope } from '../platform/auth/rule.ts'
import { topicsOfPersons } from '../platform/persons/requests/person-events.ts'

/** Programs that keep copies of personal data see these events. */
export const personTopics = topicsOfPersons(scope('personal:read'))
`,
  'persons.ts': `import { scope } from '../platform/auth/rule.ts'
import { definePersons } from '../platform/persons/requests/define-persons.ts'
import { managesPersons } from './access.ts'
import { mutation } from './mutations.ts'
import { heldOfPeople } from './personal-data.ts'

definePersons({ mutation, data: heldOfPeople, asks: scope(managesPersons), manageScope: managesPersons })
`,
  'viewer.ts': `import { everyone } from '../platform/auth/rule.ts'
import type { Viewer } from '../platform/auth/viewer.ts'
import { builder } from '../platform/graphql/builder.ts'

const ViewerType = builder.objectRef<Viewer>('Viewer').implement({
  description: 'Who is calling, as their token or API key says, and what they may do.',
  fields: (t) => ({
    kind: t.exposeString('kind', { description: 'The kind of caller: \`anonymous\`, \`staff\` or \`apiKey\`.' }),
    id: t.id({
      nullable: true,
      description: 'What they are known by here. Null for nobody in particular.',
      resolve: ({ id }) => id ?? null,
    }),
    roles: t.exposeStringList('roles', { description: 'Roles of a member of staff.' }),
    scopes: t.stringList({
      description: 'What they may do: by their roles, their token, or their API key.',
      resolve: ({ scopes }) => [...scopes].sort(),
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the token or API key expires; null without one.',
      resolve: ({ expiresAt }) => expiresAt ?? null,
    }),
  }),
})

builder.queryField('viewer', (t) =>
  t.field({
    type: ViewerType,
    description: 'Who is calling.',
    auth: everyone,
    resolve: (_root, _args, { viewer }) => viewer,
  }),
)
`,
  'webhook-topics.ts': `import { topicsOfWebhooks } from '../platform/webhooks/webhook-events.ts'
import { managesWebhooks } from './access.ts'

export const webhookTopics = topicsOfWebhooks(managesWebhooks)
`,
  'webhooks.ts': `import { defineWebhooks } from '../platform/webhooks/define-webhooks.ts'
import { managesWebhooks } from './access.ts'
import { events } from './events.ts'
import { mutation } from './mutations.ts'
import { webhookTopics } from './webhook-topics.ts'

defineWebhooks({ mutation, manageScope: managesWebhooks, told: webhookTopics, events })
`,
}

/** The same where mutations write rows. */
const withRows: Record<string, string> = {
  'events.ts': eventsFile(['rowTopics']),
  'mutations.ts': mutationsFile(true),
}

function eventsFile(fromRows: readonly string[]): string {
  return `import { ownKeyId } from '../platform/api-keys/api-key.ts'
import { defineEvents } from '../platform/events/define-events.ts'
import type { Topic } from '../platform/events/topic.ts'
import { apiKeyTopics } from './api-keys.ts'
import { personTopics } from './person-topics.ts'
${fromRows.length > 0 ? "import { rowTopics } from './row-topics.ts'\n" : ''}import { webhookTopics } from './webhook-topics.ts'

/** Everything that can happen here. */
const topics: readonly Topic[] = [${['apiKeyTopics', 'webhookTopics', 'personTopics', ...fromRows].join(', ')}].flatMap((all) => Object.values<Topic>(all))

export const events = defineEvents({
  topics,
  ownerOf: (viewer) => {
    const apiKeyId = ownKeyId(viewer)
    return apiKeyId === undefined ? undefined : { ownerType: 'ApiKey', ownerKey: apiKeyId }
  },
})
`
}

function mutationsFile(isWritten: boolean): string {
  return `import { defineMutations } from '../platform/mutations/define-mutations.ts'${isWritten ? "\nimport { rowCodes } from '../platform/mutations/rows/row-codes.ts'" : ''}

/** The codes of user errors beside the common ones, each with a sentence. */
const codes = ${isWritten ? '{ ...rowCodes }' : '{}'} as const

/** Defines every mutation. */
export const mutation = defineMutations(codes)
`
}
