import type { LoaderDefinition } from '../platform/context.ts'
import { keyText } from '../platform/database/row-key.ts'
import { builder } from '../platform/graphql/builder.ts'
import { listOf } from '../platform/graphql/connection.ts'
import { encodeId, idOf } from '../platform/graphql/ids.ts'
import { declaredColumns } from '../platform/graphql/row-keys.ts'
import { reads } from './access.ts'

const id = 'The global id.'

/** By the text of the seat's key. */
const ticketCounts: LoaderDefinition<string, number> = {
  fallback: 0,
  batch: async (_seats, { db }) => {
    const counts = await db.ticket.groupBy({ by: ['hall', 'number'], _count: true })
    return new Map(counts.map(({ _count, ...seat }) => [keyText('Seat', seat), _count]))
  },
}

builder.prismaObject('Ticket', {
  description: 'A seat of a concert.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({
      description: id,
      select: { concertId: true, hall: true, number: true },
      resolve: (key) => encodeId('Ticket', key),
    }),
    holder: t.exposeString('holder', { nullable: true, sensitivity: 'personal', description: 'Whose it is.' }),
    seat: t.relation('seat', { description: 'The seat.' }),
  }),
})

const ticketList = listOf({
  model: 'Ticket',
  sorts: { SEAT: { column: ['hall', 'number'], description: 'By seat.' } },
  defaultSort: { field: 'SEAT', direction: 'ASC' },
  aggregate: { number: { column: 'number', type: 'Int', description: 'The number of the seat.' } },
})

builder.prismaObject('Seat', {
  description: 'A seat in a hall.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: id, select: { hall: true, number: true }, resolve: (key) => encodeId('Seat', key) }),
    hall: t.exposeString('hall', { description: 'The hall.' }),
    number: t.exposeInt('number', { description: 'The number.' }),
    tickets: t.field(ticketList.related('Seat', 'tickets', { description: 'The tickets for it.' })),
    sold: t.int({
      description: 'How many tickets there are for it.',
      cost: 1,
      select: { hall: true, number: true },
      resolve: (key, _args, { loaders }) => loaders.load(ticketCounts, keyText('Seat', key)),
    }),
  }),
})

const seatList = listOf({
  model: 'Seat',
  sorts: { HALL: { column: 'hall', description: 'By hall.' } },
  defaultSort: { field: 'HALL', direction: 'ASC' },
})

builder.prismaObject('Concert', {
  description: 'An evening.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: id, select: { id: true }, resolve: idOf('Concert') }),
    label: t.relation('label', { nullable: true, description: 'Who pays.' }),
    tickets: t.field(ticketList.related('Concert', 'tickets', { description: 'Its tickets.' })),
  }),
})

builder.prismaObject('Label', {
  description: 'A company.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: id, select: { code: true }, resolve: ({ code }) => encodeId('Label', code) }),
    name: t.exposeString('name', { description: 'Its name.' }),
  }),
})

const labelList = listOf({
  model: 'Label',
  sorts: { NAME: { column: 'name', description: 'By name.' } },
  defaultSort: { field: 'NAME', direction: 'ASC' },
})

builder.queryFields((t) => ({
  seats: t.field(seatList.connection({ auth: reads, description: 'All seats.' })),
  labels: t.field(labelList.connection({ auth: reads, description: 'All labels.' })),
}))
