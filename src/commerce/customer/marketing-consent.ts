import { builder } from '../../platform/graphql/builder.ts'
import { idOf } from '../../platform/graphql/ids.ts'
import { declaredColumns } from '../../platform/graphql/row-keys.ts'
import { outside } from '../audiences.ts'

builder.prismaObject('MarketingConsent', {
  subGraphs: outside,
  description: 'That a customer consented to marketing, or withdrew that. It is never changed.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({
      description: 'The global id.',
      select: { id: true },
      resolve: idOf('MarketingConsent'),
    }),
    isGiven: t.exposeBoolean('isGiven', { description: 'Whether they consented then; else they withdrew it.' }),
    actorKind: t.exposeString('actorKind', { description: 'What kind of caller recorded it: `customer`, `staff`, …' }),
    at: t.expose('at', { type: 'DateTime', description: 'When.' }),
  }),
})
