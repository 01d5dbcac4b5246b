import { everyone } from '../../platform/auth/rule.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { listOf } from '../../platform/graphql/connection.ts'
import { idOf } from '../../platform/graphql/ids.ts'
import { declaredColumns } from '../../platform/graphql/row-keys.ts'
import { outside } from '../audiences.ts'
import { productList } from './product.ts'

builder.prismaObject('Category', {
  subGraphs: outside,
  description: 'A part of the catalogue.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({
      cacheable: true,
      description: 'The global id.',
      select: { id: true },
      resolve: idOf('Category'),
    }),
    name: t.exposeString('name', { description: 'Its name, which no other category has.' }),
    description: t.exposeString('description', { nullable: true, description: 'What belongs to it.' }),
    version: t.exposeInt('version', { description: 'Goes up with every change; updates name the one they saw.' }),
    products: t.field(productList.related('Category', 'products', { description: 'The products in it.' })),
  }),
})

const categoryList = listOf({
  model: 'Category',
  sorts: { NAME: { column: 'name', unique: true, description: 'By name.' } },
  defaultSort: { field: 'NAME', direction: 'ASC' },
})

builder.queryField('categories', (t) =>
  t.field(
    categoryList.connection({ subGraphs: outside, description: 'The categories of the catalogue.', auth: everyone }),
  ),
)
