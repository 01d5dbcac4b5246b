import { builder } from '../platform/graphql/builder.ts'
import { listOf } from '../platform/graphql/connection.ts'
import { idOf } from '../platform/graphql/ids.ts'
import { declaredColumns } from '../platform/graphql/row-keys.ts'
import { reads } from './access.ts'

builder.prismaObject('Review', {
  description: 'What somebody thinks.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: 'The global id.', select: { id: true }, resolve: idOf('Review') }),
    stars: t.exposeInt('stars', { nullable: true, description: 'How good it is.' }),
    note: t.exposeString('note', { description: 'Why.' }),
  }),
})

const reviewList = listOf({
  model: 'Review',
  sorts: {
    STARS: { column: 'stars', nulls: 'last', description: 'By stars, those without them last.' },
    STARS_FIRST: { column: 'stars', nulls: 'first', description: 'By stars, those without them first.' },
  },
  defaultSort: { field: 'STARS', direction: 'DESC' },
})

builder.queryField('reviews', (t) => t.field(reviewList.connection({ auth: reads, description: 'All reviews.' })))
