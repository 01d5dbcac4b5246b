import type { RowPolicies } from '../auth/row-policy.ts'
import { type Rule, scope } from '../auth/rule.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { Domain } from '../domain.ts'
import { builder } from '../graphql/builder.ts'
import { listOf } from '../graphql/connection.ts'
import { idOf, parseId } from '../graphql/ids.ts'

export interface ApiKeyOptions extends Pick<Domain, 'scopes'> {
  /** The domain's scope that allows its holder to make, list and revoke keys. */
  manageScope: string
}

/** All keys for their managers; for an API key itself, only its own row. */
export function apiKeyPolicy(manageScope: string): RowPolicies['ApiKey'] {
  return {
    rows: (viewer) => {
      if (viewer.scopes.has(manageScope)) return 'all'
      const id = ownKeyId(viewer)
      return id === undefined ? 'none' : { id }
    },
  }
}

/** The row of the calling API key; undefined for other viewers. */
export function ownKeyId({ kind, id }: Viewer): string | undefined {
  return kind === 'apiKey' && id !== undefined ? parseId('ApiKey', id) : undefined
}

/** Defines the type and the list of all keys. */
export function defineApiKeyType(manageScope: string): void {
  const manages = scope(manageScope)
  defineObject(manages)
  const list = listOf({
    model: 'ApiKey',
    sorts: {
      CREATED_AT: { column: 'createdAt', description: 'By when it was made.' },
      NAME: { column: 'name', description: 'By name.' },
      EXPIRES_AT: { column: 'expiresAt', description: 'By when it stops by itself.' },
    },
    defaultSort: { field: 'CREATED_AT', direction: 'DESC' },
    filter: {
      type: ApiKeyFilter,
      description: 'Which keys.',
      where: ({ active }) => (active == null ? [] : [isActive(active)]),
    },
  })
  builder.queryField('apiKeys', (t) =>
    t.field(
      list.connection({
        auth: manages,
        description: 'The keys that programs of partners call with, those that have stopped included.',
      }),
    ),
  )
}

const ApiKeyFilter = builder.inputType('ApiKeyFilter', {
  description: 'Which keys; all conditions must hold.',
  fields: (t) => ({
    active: t.boolean({ description: 'Keys that work now; with `false`, those that were revoked or have expired.' }),
  }),
})

function isActive(active: boolean) {
  const now = new Date()
  if (active) return { revokedAt: null, expiresAt: { gt: now } }
  return { OR: [{ revokedAt: { not: null } }, { expiresAt: { lte: now } }] }
}

function defineObject(manages: Rule): void {
  builder.prismaObject('ApiKey', {
    description:
      'What a program of a partner calls with: as `Authorization: Bearer <secret>`. The secret itself is not kept here.',
    select: { id: true },
    interfaces: [builder.nodeInterfaceRef()],
    fields: (t) => ({
      id: t.id({ description: 'The global id.', resolve: idOf('ApiKey') }),
      name: t.exposeString('name', { description: 'What it is for, in the words of who made it.' }),
      hint: t.exposeString('hint', { description: 'The last four characters of the secret, to tell keys apart.' }),
      scopes: t.exposeStringList('scopes', { description: 'What it may do, as it was made.' }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
      createdBy: t.exposeString('creatorId', {
        nullable: true,
        auth: manages,
        description: 'The id of the viewer who made it.',
      }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When it stops by itself.' }),
      revokedAt: t.expose('revokedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was revoked; null where it was not.',
      }),
      lastUsedAt: t.expose('lastUsedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was last used, to about a minute; null where it never was.',
      }),
    }),
  })
}
