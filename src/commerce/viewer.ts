import { everyone } from '../platform/auth/rule.ts'
import type { Viewer } from '../platform/auth/viewer.ts'
import { builder } from '../platform/builder.ts'

const ViewerKind = builder.enumType('ViewerKind', {
  description: 'What kind of caller this is.',
  values: {
    ANONYMOUS: { value: 'anonymous', description: 'Nobody in particular: no token was sent.' },
    CUSTOMER: { value: 'customer', description: 'A customer of the shop.' },
    STAFF: { value: 'staff', description: 'Somebody who works for the shop.' },
  } as const,
})

const ViewerType = builder.objectRef<Viewer>('Viewer').implement({
  description: 'Who is calling, as their token says, and what they may do.',
  fields: (t) => ({
    kind: t.field({
      type: ViewerKind,
      description: 'The kind of caller.',
      resolve: ({ kind }) => (kind === 'customer' || kind === 'staff' ? kind : 'anonymous'),
    }),
    roles: t.exposeStringList('roles', { description: 'Roles of a member of staff.' }),
    scopes: t.stringList({
      description: 'What the roles allow, such as `orders:read`.',
      resolve: ({ scopes }) => [...scopes].sort(),
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

builder.queryField('viewer', (t) =>
  t.field({
    type: ViewerType,
    description: 'Who is calling.',
    auth: everyone,
    resolve: (_root, _args, { viewer }) => viewer,
  }),
)
