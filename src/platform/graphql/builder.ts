import SchemaBuilder from '@pothos/core'
import PrismaPlugin from '@pothos/plugin-prisma'
import RelayPlugin from '@pothos/plugin-relay'
import type PrismaTypes from '../../generated/pothos-types.ts'
import { getDatamodel } from '../../generated/pothos-types.ts'
import type { PrismaClient } from '../../generated/prisma/client.ts'
import { everyone, type Rule } from '../auth/rule.ts'
import type { Context } from '../context.ts'
import { clientError } from '../errors.ts'
import type { Sensitivity } from '../privacy/sensitivity.ts'
import { encodeId, parseAnyId } from './ids.ts'
import { loadNodes } from './node.ts'
import {
  CountryCodeScalar,
  CurrencyCodeScalar,
  DateScalar,
  DateTimeScalar,
  DecimalScalar,
  EmailAddressScalar,
} from './scalars.ts'

declare global {
  // Pothos's own way to add options: https://pothos-graphql.dev/docs/guide/writing-plugins
  export namespace PothosSchemaTypes {
    export interface FieldOptions {
      /** Who may use this field; without one the rule of its tag holds, or else its type's, and without these its parent's being visible is enough. */
      auth?: Rule
      /** What the field itself adds to an operation's cost, beside its children: 1 for objects, 0 for scalars unless said. */
      cost?: number
      /** How many items a list that is no connection is taken to have, for the cost. */
      listSize?: number
      /** The argument of such a list that has as many items as the list will have. */
      sizedBy?: string
      /** What its values are: brings the rule of who reads it, and has each read of it audited. */
      sensitivity?: Sensitivity
      /**
       * Its value follows from its parent and its arguments alone: from nobody who asks, and from no clock. Only then may
       * an answer that shows it be kept. Columns and relations are taken to be so; what a resolver makes must say it.
       */
      cacheable?: boolean
    }
    export interface InputFieldOptions {
      /** What is sent in it: kept out of logs and errors. */
      sensitivity?: Sensitivity
    }
    export interface BaseTypeOptions {
      /** The rule of every field of this type that has none of its own. */
      auth?: Rule
    }
  }
}

export interface SchemaTypes {
  Context: Context
  PrismaTypes: PrismaTypes
  DefaultFieldNullability: false
  DefaultEdgesNullability: { list: false; items: false }
  DefaultNodeNullability: false
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date }
    Date: { Input: string; Output: string }
    Decimal: { Input: string; Output: string }
    EmailAddress: { Input: string; Output: string }
    CountryCode: { Input: string; Output: string }
    CurrencyCode: { Input: string; Output: string }
  }
}

/** How many nodes one `nodes` asks for at most. */
const maxNodes = 100

export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [PrismaPlugin, RelayPlugin],
  defaultFieldNullability: false,
  prisma: {
    // Pothos asks of a client what it reads with, and names a type that also connects.
    client: (context) => context.db as unknown as PrismaClient,
    dmmf: getDatamodel(),
    filterConnectionTotalCount: true,
  },
  relay: {
    encodeGlobalID: (typeName, id) => encodeId(typeName, String(id)),
    decodeGlobalID: (id) => {
      const parsed = parseAnyId(id)
      if (!parsed) throw clientError('INVALID_ID', 'This is not an id of anything here; take ids from the `id` field.')
      return { typename: parsed.prefix, id: parsed.uuid }
    },
    cursorType: 'String',
    nodeTypeOptions: { description: 'Anything with an id that `node` can find again.' },
    idFieldOptions: { description: 'The global id: opaque, and the same for ever.' },
    nodeQueryOptions: {
      description: 'The object with this id; null where there is none, or none this viewer may see.',
      auth: everyone,
      args: { id: { description: 'The id, as its `id` field gave it.' } },
      resolve: async (_root, { id }, context, info) => (await loadNodes([id], context, info))[0],
    },
    nodesQueryOptions: {
      description: `The objects with these ids, in their order, at most ${maxNodes}; null for each that is not there or not visible.`,
      auth: everyone,
      args: { ids: { description: 'The ids, as `id` fields gave them.' } },
      listSize: maxNodes,
      sizedBy: 'ids',
      resolve: (_root, { ids }, context, info) => {
        if (ids.length > maxNodes) throw clientError('BAD_USER_INPUT', `\`nodes\` takes at most ${maxNodes} ids.`)
        return loadNodes(ids, context, info)
      },
    },
    pageInfoTypeOptions: {
      name: 'PageInfo',
      description: 'Where a page stands in its list.',
    },
    pageInfoFieldOptions: { cacheable: true, description: 'Where this page stands in the list.' },
    hasNextPageFieldOptions: { description: 'Whether there is more after this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether there is more before this page.' },
    startCursorFieldOptions: {
      description: 'The cursor of the first edge, for `before`; null on an empty page.',
      nullable: true,
    },
    endCursorFieldOptions: {
      description: 'The cursor of the last edge, for `after`; null on an empty page.',
      nullable: true,
    },
    cursorFieldOptions: { description: 'The position of this edge in the list, for `after` and `before`.' },
    nodeFieldOptions: { description: 'The object at this position.', nullable: false, cacheable: true },
    edgesFieldOptions: { description: 'The page, in order.', nullable: { list: false, items: false }, cacheable: true },
    firstArgOptions: { description: 'How many from the start, or after `after`: 0 to 100; 20 unless given.' },
    lastArgOptions: { description: 'How many from the end, or before `before`: 0 to 100. Not together with `first`.' },
    afterArgOptions: { description: 'Only what comes after this cursor.' },
    beforeArgOptions: { description: 'Only what comes before this cursor.' },
  },
})

builder.addScalarType('DateTime', DateTimeScalar)
builder.addScalarType('Date', DateScalar)
builder.addScalarType('Decimal', DecimalScalar)
builder.addScalarType('EmailAddress', EmailAddressScalar)
builder.addScalarType('CountryCode', CountryCodeScalar)
builder.addScalarType('CurrencyCode', CurrencyCodeScalar)

builder.queryType({
  description: 'Everything that can be read. Each field reads through the row policy of its viewer.',
})
builder.mutationType({
  description: 'Everything that can be done. Each is one transaction: all of it happens, or nothing.',
})
