import type { Field, Noun, Relation, Through } from '../noun.ts'
import { isShown } from '../value-types.ts'
import { capitalized, spoken, withArticle } from '../words.ts'
import { description, imports, quoted, type WrittenFile } from './code.ts'
import { filtersOf, type ListFilter, type ListSort, sortsOf } from './list-options.ts'
import { edgeFields, encoderOf, showersOf, shownFields, typeFields } from './type-fields.ts'
import { fileOf, ruleOf } from './words-of-noun.ts'

/** The file of a noun: its type, its list, the fields that lead to it from others, and its fields at the root. */
export function nounFile(noun: Noun, folder: string): WrittenFile {
  const sorts = sortsOf(noun)
  const filters = sorts.length === 0 ? [] : filtersOf(noun)
  const parts = [
    importsOf(noun, sorts, filters),
    typeOf(noun),
    ...(filters.length > 0 ? [filterType(noun, filters)] : []),
    ...(sorts.length > 0 ? [listOf(noun, sorts, filters)] : []),
    ...noun.relations.map((relation) => backField(relation, sorts.length > 0)),
    ...(sorts.length > 0 ? noun.throughs.map((through) => throughField(noun, through)) : []),
    rootFields(noun, sorts),
  ]
  return { path: `${folder}/${fileOf(noun)}.ts`, text: parts.join('\n\n') }
}

function importsOf(noun: Noun, sorts: readonly ListSort[], filters: readonly ListFilter[]): string {
  const ranges = filters.flatMap(({ range }) => range ?? [])
  const between = filters.flatMap(({ range }) => (range ? [range === 'DateRange' ? 'daysBetween' : 'between'] : []))
  const enums = [...shownFields(noun).flatMap(({ value }) => (value.graphql === 'enum' ? [value.prisma] : []))]
  const decodes = (noun.key.length > 0 && sorts.length > 0) || filters.some(({ isReference }) => isReference)
  const row = noun.key.length > 0 ? '' : `import type { Row } from '../platform/database/physical-names.ts'\n`
  return (
    row +
    imports({
      '../platform/errors.ts': sorts.length === 0 ? ['clientError'] : [],
      '../platform/graphql/builder.ts': ['builder'],
      '../platform/graphql/connection.ts': sorts.length > 0 ? ['listOf'] : [],
      '../platform/graphql/ids.ts': [
        ...(noun.key.length > 0 ? [encoderOf(noun.key)] : []),
        ...(decodes ? ['decodeId'] : []),
      ],
      '../platform/graphql/many-to-many.ts': sorts.length > 0 && noun.throughs.length > 0 ? ['manyToMany'] : [],
      '../platform/graphql/row-keys.ts': noun.key.length > 0 ? ['declaredColumns'] : [],
      ...showersOf(noun),
      './access.ts': [ruleOf(noun), ...noun.relations.map(({ to }) => ruleOf(to))],
      ...Object.fromEntries(enums.map((name) => [`./${spoken(name).replaceAll(' ', '-')}.ts`, [name]])),
      './ranges.ts': [...ranges, ...between],
    })
  )
}

function typeOf(noun: Noun): string {
  const { model, table, phrase, key } = noun
  const says = description(table.comment, capitalized(withArticle(phrase)))
  const fields = `fields: (t) => ({ ${typeFields(noun).join(',\n')} }),`
  if (key.length === 0) {
    return `const ${model} = builder.objectRef<Row<${quoted(model)}>>(${quoted(model)}).implement({\n    description: ${says},\n    ${fields}\n  })`
  }
  return `builder.prismaObject(${quoted(model)}, {
    description: ${says},
    select: declaredColumns,
    interfaces: [builder.nodeInterfaceRef()],
    ${fields}
  })`
}

function filterType({ model, phrases }: Noun, filters: readonly ListFilter[]): string {
  return `const ${model}Filter = builder.inputType(${quoted(`${model}Filter`)}, {
    description: ${quoted(`Which ${phrases}; all conditions must hold.`)},
    fields: (t) => ({ ${filters.map(({ name, input }) => `${name}: ${input}`).join(',\n')} }),
  })`
}

function listOf({ model, one, phrases }: Noun, sorts: readonly ListSort[], filters: readonly ListFilter[]): string {
  const options = sorts.map(
    ({ name, fields, isUnique, nulls, says }) =>
      `${name}: { column: ${columnsOf(fields)}, ${isUnique ? 'unique: true, ' : ''}${nulls ? `nulls: '${nulls}', ` : ''}description: ${quoted(says)} }`,
  )
  const conditions = filters.map(({ name, where }) => `...(${name} == null ? [] : [${where}])`)
  const filter = `filter: {
    type: ${model}Filter,
    description: ${quoted(`Which ${phrases}.`)},
    where: ({ ${filters.map(({ name }) => name).join(', ')} }) => [${conditions.join(',\n')}],
  },`
  return `const ${one}List = listOf({
    model: ${quoted(model)},
    sorts: { ${options.join(',\n')} },
    defaultSort: { field: ${quoted(sorts[0]?.name ?? '')}, direction: 'ASC' },${filters.length > 0 ? `\n    ${filter}` : ''}
  })`
}

function columnsOf(fields: readonly Field[]): string {
  const names = fields.map(({ name }) => quoted(name))
  return names.length === 1 ? names.join() : `[${names.join(', ')}]`
}

/** The other side of a reference: a list, or the one row that has it. */
function backField({ from, to, name, backName, isBackList, label }: Relation, hasList: boolean): string {
  const by = label === undefined ? '' : `, by their ${spoken(name)}`
  const says = quoted(`The ${isBackList ? from.phrases : from.phrase}${by} (to be written).`)
  const options = `{ auth: ${ruleOf(from)}, description: ${says} }`
  const field =
    isBackList && hasList
      ? `t.field(${from.one}List.related(${quoted(to.model)}, ${quoted(backName)}, ${options}))`
      : `t.relation(${quoted(backName)}, { nullable: true, auth: ${ruleOf(from)}, description: ${says} })`
  return `builder.prismaObjectField(${quoted(to.model)}, ${quoted(backName)}, (t) => ${field})`
}

/** The list of the rows that a join table links, on one side. */
function throughField(join: Noun, { name, type, near, far }: Through): string {
  const list = `${near.to.one}To${capitalized(name)}`
  const fields = edgeFields(join)
  return `const ${list} = manyToMany({
    name: ${quoted(type)},
    above: ${quoted(near.to.model)},
    relation: ${quoted(near.backName)},
    join: ${quoted(join.model)},
    far: ${quoted(far.name)},
    auth: ${ruleOf(far.to)},
    description: ${quoted(`The ${far.to.phrases}, through the ${join.phrases} (to be written).`)},
    ${fields.length > 0 ? `edge: (t) => ({ ${fields.join(',\n')} }),` : ''}
  })

  builder.prismaObjectField(${quoted(near.to.model)}, ${quoted(name)}, (t) => t.field(${list}))`
}

function rootFields(noun: Noun, sorts: readonly ListSort[]): string {
  const { model, one, many, phrase, phrases, key } = noun
  const auth = `auth: ${ruleOf(noun)}`
  if (sorts.length === 0) return plainList(noun)
  const [only, ...others] = key
  const id = `decodeId(${quoted(model)}, id)`
  const named = others.length === 0 ? only?.name : key.map(({ name }) => name).join('_')
  return `builder.queryFields((t) => ({
    ${many}: t.field(${one}List.connection({ description: ${quoted(`The ${phrases} that this viewer sees.`)}, ${auth} })),
    ${one}: t.field(${one}List.one({
      ${auth},
      description: ${quoted(`One ${phrase}, by its id; null where there is none, or none that this viewer sees.`)},
      args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
      where: ({ id }) => ({ ${named}: ${id} }),
    })),
  }))`
}

/** Without a key there is nothing to page by. */
function plainList(noun: Noun): string {
  const { model, many, phrases } = noun
  const order = noun.fields.filter(
    ({ value }) => isShown(value) && !value.isList && value.prisma !== 'Json' && value.native !== 'Xml',
  )
  const select = noun.fields.filter(({ value }) => isShown(value)).map(({ name }) => `${name}: true`)
  const orderBy = order.slice(0, 3).map(({ name }) => `{ ${name}: 'asc' }`)
  return `/** Its rows have no key to page by. With one in its model it can be a connection like the others. */
  const most = 100

  builder.queryField(${quoted(many)}, (t) =>
    t.field({
      type: [${model}],
      nullable: true,
      auth: ${ruleOf(noun)},
      listSize: most,
      description: ${quoted(`The first ${phrases} that this viewer sees.`)},
      args: { first: t.arg.int({ required: true, defaultValue: 20, description: 'How many: 0 to 100.' }) },
      resolve: (_root, { first }, { db }) => {
        if (first < 0 || first > most) throw clientError('INVALID_PAGE_SIZE', \`\\\`first\\\` goes from 0 to \${most}.\`)
        if (first === 0) return []
        return db.${propertyOf(model)}.findMany({ select: { ${select.join(', ')} }, orderBy: [${orderBy.join(', ')}], take: first })
      },
    }),
  )`
}

function propertyOf(model: string): string {
  return model.slice(0, 1).toLowerCase() + model.slice(1)
}
