import {
  DirectiveLocation,
  GraphQLBoolean,
  GraphQLDirective,
  type GraphQLField,
  GraphQLInt,
  GraphQLList,
  type GraphQLNamedType,
  GraphQLNonNull,
  type GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isObjectType,
} from 'graphql'
import { z } from 'zod'

/** The size of a list without a slicing argument and without a `listSize`. */
const assumedListSize = 10

const costDirective = new GraphQLDirective({
  name: 'cost',
  description:
    'What each object of this type, or each result of this field, adds to the cost of an operation. Without it an object adds 1 and a scalar nothing; a field’s own stands in the place of its type’s.',
  // The locations of the specification, so that tools recognise the directive. Here it stands on fields and objects only.
  locations: [
    DirectiveLocation.ARGUMENT_DEFINITION,
    DirectiveLocation.ENUM,
    DirectiveLocation.FIELD_DEFINITION,
    DirectiveLocation.INPUT_FIELD_DEFINITION,
    DirectiveLocation.OBJECT,
    DirectiveLocation.SCALAR,
  ],
  args: {
    weight: { type: new GraphQLNonNull(GraphQLString), description: 'A number.' },
  },
})

const listSizeDirective = new GraphQLDirective({
  name: 'listSize',
  description: 'How many items of a list are counted in the cost of an operation.',
  locations: [DirectiveLocation.FIELD_DEFINITION],
  args: {
    assumedSize: { type: GraphQLInt, description: 'How many, where no slicing argument says.' },
    slicingArguments: {
      type: new GraphQLList(new GraphQLNonNull(GraphQLString)),
      description: 'Arguments that say how many: by their value, or by their length where they are lists.',
    },
    sizedFields: {
      type: new GraphQLList(new GraphQLNonNull(GraphQLString)),
      description: 'The fields below this one that are the list; without it, this field is.',
    },
    requireOneSlicingArgument: {
      type: GraphQLBoolean,
      defaultValue: true,
      description: 'Whether one of the slicing arguments has to be given.',
    },
  },
})

const directives = z.object({
  cost: z.object({ weight: z.string() }).optional(),
  listSize: z
    .object({
      assumedSize: z.number(),
      slicingArguments: z.array(z.string()).optional(),
      sizedFields: z.array(z.string()).optional(),
    })
    .optional(),
})
/** The builder's options that set the cost of a field. */
const options = z.object({
  cost: z.number().optional(),
  listSize: z.number().optional(),
  sizedBy: z.string().optional(),
})
const pagingArguments: readonly string[] = ['first', 'last']
const pageLimits = z.object({ fallback: z.number(), most: z.number() })

export type ListSize = NonNullable<z.infer<typeof directives>['listSize']>

type Field = GraphQLField<unknown, unknown>

/**
 * Writes into the schema what each field costs, in the directives of the IBM cost specification
 * (https://ibm.github.io/graphql-specs/cost-spec.html), from the `cost` and `listSize` options of the builder and from
 * the page sizes of connections. The counter reads these directives and nothing else, so a reader of schema.graphql counts
 * the same.
 */
export function declareCosts(schema: GraphQLSchema): GraphQLSchema {
  const fields = Object.values(schema.getTypeMap()).flatMap((type) =>
    (isObjectType(type) || isInterfaceType(type)) && !isIntrospectionType(type) ? Object.values(type.getFields()) : [],
  )
  const sizedAbove = new Set(fields.flatMap(declarePage))
  for (const field of fields) {
    const { cost } = optionsOf(field)
    if (cost !== undefined) declare(field, { cost: { weight: String(cost) } })
    if (!sizedAbove.has(field)) declareList(field)
  }
  const config = schema.toConfig()
  return new GraphQLSchema({ ...config, directives: [costDirective, listSizeDirective, ...config.directives] })
}

/** The cost of one result of the field, without the fields below it. */
export function weightOf(field: Field): number {
  const type = getNamedType(field.type)
  const said = costDirectivesOf(field).cost ?? costDirectivesOf(type).cost
  if (said) return Number(said.weight)
  return isCompositeType(type) && !isIntrospectionType(type) ? 1 : 0
}

export function listSizeOf(field: Field): ListSize | undefined {
  return costDirectivesOf(field).listSize
}

/** The largest page of a connection. The list refuses a larger one. */
export function largestPage(field: Field): number {
  return pageLimits.safeParse(field.extensions.pageSize).data?.most ?? Number.POSITIVE_INFINITY
}

/** Declares the page size on the lists of a connection. Edges and page info cost nothing; nodes do. */
function declarePage(field: Field): Field[] {
  const page = pageLimits.safeParse(field.extensions.pageSize).data
  const connection = getNamedType(field.type)
  if (!page || !isObjectType(connection)) return []
  const parts = Object.values(connection.getFields())
  // A list with a size of its own does not depend on the page.
  const lists = parts.filter((part) => isCompositeList(part) && optionsOf(part).listSize === undefined)
  for (const part of parts) {
    const type = getNamedType(part.type)
    const isPart = isObjectType(type) && (part.name === 'pageInfo' || 'node' in type.getFields())
    if (isPart) declare(type, { cost: { weight: '0' } })
  }
  const listSize = {
    assumedSize: page.fallback,
    slicingArguments: field.args.map(({ name }) => name).filter((name) => pagingArguments.includes(name)),
    sizedFields: lists.map(({ name }) => name),
    requireOneSlicingArgument: false,
  }
  declare(field, { listSize })
  return lists
}

function declareList(field: Field): void {
  if (!isCompositeList(field)) return
  const { listSize, sizedBy } = optionsOf(field)
  const assumedSize = listSize ?? assumedListSize
  const sliced = sizedBy && { slicingArguments: [sizedBy], requireOneSlicingArgument: false }
  declare(field, { listSize: { assumedSize, ...sliced } })
}

function isCompositeList(field: Field): boolean {
  const named = getNamedType(field.type)
  return isListType(getNullableType(field.type)) && isCompositeType(named) && !isIntrospectionType(named)
}

function optionsOf({ extensions }: Field): z.infer<typeof options> {
  return options.parse(extensions.pothosOptions ?? {})
}

/** Parsed once: a query plan reads them for each of its fields. */
const read = new WeakMap<object, z.infer<typeof directives>>()

/** What the schema says of the cost of a field, or of a type. */
export function costDirectivesOf({
  extensions,
}: Pick<Field, 'extensions'> | GraphQLNamedType): z.infer<typeof directives> {
  const known = read.get(extensions)
  if (known) return known
  const said = directives.parse(extensions.directives ?? {})
  read.set(extensions, said)
  return said
}

/** Writes them where `printSchemaWithDirectives` reads them. */
function declare(part: Field | GraphQLObjectType, said: object): void {
  part.extensions = { ...part.extensions, directives: { ...directivesIn(part), ...said } }
}

function directivesIn({ extensions }: Field | GraphQLObjectType): object {
  const { directives: said } = extensions
  return typeof said === 'object' && said !== null ? said : {}
}
