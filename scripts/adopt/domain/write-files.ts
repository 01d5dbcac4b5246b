import { said } from '../../../src/platform/mutations/rows/limits.ts'
import type { Noun, Plan } from '../noun.ts'
import { capitalized, spoken, withArticle } from '../words.ts'
import type { Writes, WrittenReference, WrittenValue } from '../writes.ts'
import { description, imports, quoted, type WrittenFile } from './code.ts'
import { fileOf, ruleOf, writeRuleOf } from './words-of-noun.ts'

/** The mutations of each noun that is written, and what is told of them. */
export function writeFiles({ nouns }: Plan, folder: string): WrittenFile[] {
  const written = nouns.filter(hasWrites)
  if (written.length === 0) return []
  return [...written.map((noun) => writeFile(noun, folder)), topicsFile(written, folder)]
}

export type WrittenNoun = Noun & { writes: Writes }

export function hasWrites(noun: Noun): noun is WrittenNoun {
  return noun.writes !== undefined
}

type Verb = 'Create' | 'Update' | 'Delete'

function verbsOf({ isCreated, isUpdated }: Writes): Verb[] {
  return [...(isCreated ? ['Create' as const] : []), ...(isUpdated ? ['Update' as const] : []), 'Delete']
}

function writeFile(noun: WrittenNoun, folder: string): WrittenFile {
  const verbs = verbsOf(noun.writes)
  const parts = [
    importsOf(noun, verbs),
    ...verbs.map((verb) => inputType(noun, verb)),
    rowWrites(noun),
    `builder.mutationFields((t) => ({ ${verbs.map((verb) => mutationField(noun, verb)).join(',\n')} }))`,
  ]
  return { path: `${folder}/${fileOf(noun)}-writes.ts`, text: `${parts.join('\n\n')}\n` }
}

function importsOf(noun: WrittenNoun, verbs: readonly Verb[]): string {
  const isUsed = verbs.length > 1
  const enums = noun.writes.values.flatMap(({ value }) => (isUsed && value.graphql === 'enum' ? [value.prisma] : []))
  return imports({
    '../platform/graphql/builder.ts': ['builder'],
    '../platform/mutations/idempotency-key-field.ts': ['idempotencyKeyField'],
    '../platform/mutations/rows/row-writes.ts': ['RowWrites'],
    './access.ts': ['rowPolicies', writeRuleOf(noun)],
    ...Object.fromEntries(enums.map((name) => [`./${spoken(name).replaceAll(' ', '-')}.ts`, [name]])),
    './mutations.ts': ['mutation'],
    './row-topics.ts': ['rowTopics'],
  })
}

const says: Record<Verb, (phrase: string) => string> = {
  Create: (phrase) => `${capitalized(withArticle(phrase))} to add. A field that is not given gets its default.`,
  Update: (phrase) => `What to change about ${withArticle(phrase)}; what is left out stays as it is.`,
  Delete: (phrase) => `${capitalized(withArticle(phrase))} to delete.`,
}

function inputType(noun: WrittenNoun, verb: Verb): string {
  const name = `${noun.model}${verb}Input`
  return `const ${name} = builder.inputType(${quoted(name)}, {
    description: ${quoted(says[verb](noun.phrase))},
    fields: (t) => ({ ${inputFields(noun, verb).join(',\n')} }),
  })`
}

function inputFields({ phrase, writes }: WrittenNoun, verb: Verb): string[] {
  const { values, references, version, id } = writes
  const key = 'idempotencyKey: t.string({ description: idempotencyKeyField.optional })'
  const own = `${id}: t.id({ required: true, description: ${quoted(`The ${phrase}.`)} })`
  if (verb === 'Create') {
    return [
      ...references.map((each) => referenceInput(each, each.isRequired)),
      ...values.map((each) => valueInput(each, each.isRequired)),
      key,
    ]
  }
  const seen = version
    ? [
        valueInput(
          { ...version, value: versionValue(version), isRequired: true, isUpdated: true, limits: undefined },
          true,
          `The ${spoken(version.field.name)} that was seen.`,
        ),
      ]
    : []
  if (verb === 'Delete') return [own, ...seen, key]
  const changed = [
    ...references.filter(({ isUpdated }) => isUpdated).map((each) => referenceInput(each, false)),
    ...values.filter(({ isUpdated }) => isUpdated).map((each) => valueInput(each, false)),
  ]
  return [own, ...seen, ...changed, key]
}

function versionValue({ field }: NonNullable<Writes['version']>): WrittenValue['value'] {
  if ('prisma' in field.value) return field.value
  throw new Error(`${field.name} is not shown, so it is no version`)
}

function referenceInput({ input, relation }: WrittenReference, isRequired: boolean): string {
  const required = isRequired ? 'required: true, ' : ''
  return `${input}: t.id({ ${required}description: ${quoted(`The ${spoken(relation.name)}, by its id.`)} })`
}

const plain: Record<string, string | undefined> = { String: 'string', Int: 'int', Float: 'float', Boolean: 'boolean' }

function valueInput({ input, field, value, limits }: WrittenValue, isRequired: boolean, otherwise?: string): string {
  const means =
    otherwise === undefined ? description(field.column.comment, `The ${spoken(field.name)}`) : quoted(otherwise)
  const bounds = limits === undefined ? '' : ` It is ${said(limits)}.`
  const options = [
    ...(isRequired ? ['required: true'] : []),
    `description: ${means.slice(0, -1)}${quoted(bounds).slice(1)}`,
  ]
  const method = plain[value.graphql]
  if (method !== undefined) return `${input}: t.${method}${value.isList ? 'List' : ''}({ ${options.join(', ')} })`
  const type = value.graphql === 'enum' ? value.prisma : quoted(value.graphql)
  return `${input}: t.field({ type: ${value.isList ? `[${type}]` : type}, ${options.join(', ')} })`
}

function rowWrites({ model, one, many, writes }: WrittenNoun): string {
  const { values, references, constraints, version, isUpdated, keptBy } = writes
  const renamed = values.filter(({ input, field }) => input !== field.name)
  const limited = values.filter(({ limits }) => limits !== undefined)
  const options = {
    references: Object.fromEntries(references.map(({ input, relation }) => [input, relation.name])),
    inputs: Object.fromEntries(renamed.map(({ input, field }) => [input, field.name])),
    limits: Object.fromEntries(limited.map(({ input, limits }) => [input, limits])),
    constraints,
    keptBy: Object.fromEntries(keptBy.map(({ backName, from }) => [backName, from.phrases])),
  }
  const said = Object.entries(options).filter(([, option]) => Object.keys(option).length > 0)
  const lines = [
    `model: ${quoted(model)}`,
    `one: ${quoted(one)}`,
    'policies: rowPolicies',
    `topic: rowTopics.${one}Changed`,
    ...said.map(([name, option]) => `${name}: ${JSON.stringify(option)}`),
    ...(version ? [`version: ${JSON.stringify({ ...version, field: version.field.name })}`] : []),
    ...(isUpdated ? [] : ['isUpdated: false']),
  ]
  return `const ${many} = new RowWrites({ ${lines.join(',\n')} })`
}

function mutationField(noun: WrittenNoun, verb: Verb): string {
  const { model, one, many } = noun
  const work = verb === 'Delete' ? 'remove' : verb.toLowerCase()
  return `${one}${verb}: t.field(
    mutation({
      name: ${quoted(`${one}${verb}`)},
      description: ${quoted(saidOf(noun, verb))},
      auth: ${writeRuleOf(noun)},
      input: ${model}${verb}Input,
      idempotencyKey: 'optional',
      changes: { ${one}: ${quoted(model)} },
      run: ${many}.${work},
    }),
  )`
}

function saidOf({ phrase, writes }: WrittenNoun, verb: Verb): string {
  const a = withArticle(phrase)
  if (verb === 'Create') return `Adds ${a}.`
  const { version, removes, keptBy } = writes
  const guarded = version
    ? `Somebody else’s change since \`${version.input}\` is a CONFLICT.`
    : 'The last write wins: nothing in the table tells one version of a row from the next.'
  if (verb === 'Update') return `Changes ${a}. ${guarded}`
  const also = removes.map(({ from }) => from.phrases)
  const kept = keptBy.map(({ from }) => from.phrases)
  return [
    `Deletes ${a}.`,
    ...(version ? [guarded] : []),
    ...(also.length > 0 ? [`Deleted with it: ${[...new Set(also)].join(', ')}.`] : []),
    ...(kept.length > 0 ? [`It stays where these refer to it: ${[...new Set(kept)].join(', ')}.`] : []),
  ].join(' ')
}

function topicsFile(nouns: readonly WrittenNoun[], folder: string): WrittenFile {
  const topics = nouns.map(
    (noun) => `${noun.one}Changed: rowTopic(${quoted(noun.model)}, ${quoted(noun.one)}, ${ruleOf(noun)})`,
  )
  return {
    path: `${folder}/row-topics.ts`,
    text: `${imports({ '../platform/mutations/rows/row-topic.ts': ['rowTopic'], './access.ts': nouns.map(ruleOf) })}

/** Told of every row that a mutation writes. */
export const rowTopics = { ${topics.join(',\n')} }
`,
  }
}
