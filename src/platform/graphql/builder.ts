import SchemaBuilder from '@pothos/core'
import PrismaPlugin from '@pothos/plugin-prisma'
import RelayPlugin from '@pothos/plugin-relay'
import SubGraphPlugin from '@pothos/plugin-sub-graph'
import type PrismaTypes from '../../generated/pothos-types.ts'
import { getDatamodel } from '../../generated/pothos-types.ts'
import type { PrismaClient } from '../../generated/prisma/client.ts'
import { everyone, type Rule } from '../auth/rule.ts'
import type { Context } from '../context.ts'
import { clientError } from '../errors.ts'
import type { Sensitivity } from '../privacy/sensitivity.ts'
import { everyAudience } from './audiences.ts'
import type { FurtherScalars } from './further-scalars.ts'
import { encodeId, parseAnyId } from './ids.ts'
import { loadNodes } from './node.ts'
import {
  CountryCodeScalar,
  CurrencyCodeScalar,
  DateScalar,
  DateTimeScalar,
  DecimalScalar,
  EmailAddressScalar,
  JSONObjectScalar,
  TimeZoneScalar,
} from './scalars.ts'

declare global {
  // Pothos's way to add options: https://pothos-graphql.dev/docs/guide/writing-plugins
  export namespace PothosSchemaTypes {
    export interface FieldOptions {
      /**
       * The rule of this field. Without it the rule of its tag applies, else its type's, else that the parent is
       * visible.
       */
      auth?: Rule
      /** The cost of the field itself, without its children: by default 1 for objects and 0 for scalars. */
      cost?: number
      /** The assumed number of items of a list that is no connection, for the cost. */
      listSize?: number
      /** The argument whose length is the length of such a list. */
      sizedBy?: string
      /** The tag of its values: brings the rule of who reads them, and records each read in the audit trail. */
      sensitivity?: Sensitivity
      /**
       * Whether its value follows from parent and arguments alone, and not from the viewer or the clock. Only then can
       * a response with it be cached. Columns and relations are cacheable by default; a resolver must declare it.
       */
      cacheable?: boolean
      /** Whether its value is good for everyone who has it: a key, a signed link. No response with it is compressed. */
      secret?: boolean
    }
    export interface InputFieldOptions {
      /** The tag of its values: keeps them out of logs and errors. */
      sensitivity?: Sensitivity
    }
    export interface BaseTypeOptions {
      /** The rule of every field of this type without a rule of its own. */
      auth?: Rule
      /** Unique texts by which other subgraphs of a federation may refer to a row, beside its id. */
      keys?: readonly string[]
    }
  }
}

export interface SchemaTypes {
  Context: Context
  PrismaTypes: PrismaTypes
  DefaultFieldNullability: false
  DefaultEdgesNullability: { list: false; items: false }
  DefaultNodeNullability: false
  /** Audiences of the domain. */
  SubGraphs: string
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date }
    Date: { Input: string; Output: string }
    Decimal: { Input: string; Output: string }
    EmailAddress: { Input: string; Output: string }
    CountryCode: { Input: string; Output: string }
    CurrencyCode: { Input: string; Output: string }
    TimeZone: { Input: string; Output: string }
    JSONObject: { Input: Readonly<Record<string, unknown>>; Output: Readonly<Record<string, unknown>> }
  } & FurtherScalars
}

/** The most ids of one `nodes`. */
const maxNodes = 100

export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [SubGraphPlugin, PrismaPlugin, RelayPlugin],
  defaultFieldNullability: false,
  subGraphs: { fieldsInheritFromTypes: true },
  prisma: {
    // Pothos only reads through the client, but its type also connects.
    client: (context) => context.db as unknown as PrismaClient,
    dmmf: getDatamodel(),
    filterConnectionTotalCount: true,
  },
  relay: {
    encodeGlobalID: (typeName, id) => encodeId(typeName, String(id)),
    decodeGlobalID: (id) => {
      const parsed = parseAnyId(id)
      // No type has this prefix: one such id among those of `nodes` is an error at its place alone.
      return parsed ? { typename: parsed.prefix, id: parsed.key } : { typename: '', id }
    },
    cursorType: 'String',
    nodeTypeOptions: { description: 'Anything with an id that `node` can find again.' },
    idFieldOptions: { description: 'The global id: opaque, and the same for ever.' },
    nodeQueryOptions: {
      description: 'The object with this id; null where there is none, or none this viewer may see.',
      auth: everyone,
      subGraphs: everyAudience,
      args: { id: { description: 'The id, as its `id` field gave it.' } },
      resolve: async (_root, { id }, context, info) => {
        const [found = null] = await loadNodes([id], context, info)
        if (found instanceof Error) throw found
        return found
      },
    },
    nodesQueryOptions: {
      description: `The objects with these ids, in their order, at most ${maxNodes}; null for each that is not there or not visible, and for each that is no id, with an error at its place.`,
      auth: everyone,
      subGraphs: everyAudience,
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
builder.addScalarType('TimeZone', TimeZoneScalar)
builder.addScalarType('JSONObject', JSONObjectScalar)

builder.queryType({
  description: 'Everything that can be read. Each field reads through the row policy of its viewer.',
})
builder.subscriptionType({
  description:
    'Everything that is told as it happens. Each event is read with the rights that its viewer has at that moment; ' +
    '`extensions.position` says where to go on after it.',
})
builder.mutationType({
  description: 'Everything that can be done. Each is one transaction: all of it happens, or nothing.',
})
