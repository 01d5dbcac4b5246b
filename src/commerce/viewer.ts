import { ownKeyId } from '../platform/api-keys/api-key.ts'
import { everyone } from '../platform/auth/rule.ts'
import type { Viewer } from '../platform/auth/viewer.ts'
import { backOfficeOnly, everyAudience } from '../platform/graphql/audiences.ts'
import { builder } from '../platform/graphql/builder.ts'
import { forPartners, inShop } from './audiences.ts'

const ViewerKind = builder.enumType('ViewerKind', {
  description: 'What kind of caller this is.',
  values: {
    ANONYMOUS: { value: 'anonymous', description: 'Nobody in particular: no token was sent.' },
    CUSTOMER: { value: 'customer', extensions: { subGraphs: inShop }, description: 'A customer of the shop.' },
    STAFF: {
      value: 'staff',
      extensions: { subGraphs: backOfficeOnly },
      description: 'Somebody who works for the shop.',
    },
    API_KEY: {
      value: 'apiKey',
      extensions: { subGraphs: forPartners },
      description: 'A program of a partner, with an API key.',
    },
  } as const,
})

const kinds = new Set<string>(['customer', 'staff', 'apiKey'] satisfies Kind[])
type Kind = typeof ViewerKind.$inferType

const ViewerType = builder.objectRef<Viewer>('Viewer').implement({
  description: 'Who is calling, as their token or API key says, and what they may do.',
  fields: (t) => ({
    kind: t.field({
      type: ViewerKind,
      description: 'The kind of caller.',
      resolve: ({ kind }) => (isKind(kind) ? kind : 'anonymous'),
    }),
    id: t.id({
      nullable: true,
      description:
        'What they are known by here: in events, and as the maker of API keys. Null for nobody in particular.',
      resolve: ({ id }) => id ?? null,
    }),
    roles: t.exposeStringList('roles', { subGraphs: backOfficeOnly, description: 'Roles of a member of staff.' }),
    scopes: t.stringList({
      description: 'What they may do, such as `orders:read`: by their roles, their token, or their API key.',
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

builder.objectField(ViewerType, 'customer', (t) =>
  t.prismaField({
    type: 'Customer',
    nullable: true,
    description: 'The customer who is calling; null for others.',
    resolve: (query, { subject }, _args, { db }) =>
      subject ? db.customer.findUnique({ ...query, where: { id: subject } }) : null,
  }),
)

builder.objectField(ViewerType, 'apiKey', (t) =>
  t.prismaField({
    type: 'ApiKey',
    nullable: true,
    description: 'The API key that is calling; null for others.',
    resolve: (query, viewer, _args, { db }) => {
      const id = ownKeyId(viewer)
      return id ? db.apiKey.findUnique({ ...query, where: { id } }) : null
    },
  }),
)

builder.queryField('viewer', (t) =>
  t.field({
    type: ViewerType,
    subGraphs: everyAudience,
    description: 'Who is calling.',
    auth: everyone,
    resolve: (_root, _args, { viewer }) => viewer,
  }),
)

function isKind(kind: string): kind is Kind {
  return kinds.has(kind)
}
