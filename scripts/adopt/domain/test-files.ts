import type { NamedEnum, Noun, Plan } from '../noun.ts'
import { schemasOf } from '../prisma-file.ts'
import { withArticle } from '../words.ts'
import { quoted, type WrittenFile } from './code.ts'
import { filtersOf, type ListFilter, sortsOf } from './list-options.ts'
import { refusedInputs, sample, sampleInput } from './sample-inputs.ts'
import { shownFields } from './type-fields.ts'
import { fileOf } from './words-of-noun.ts'
import { hasWrites, type WrittenNoun } from './write-files.ts'

/** A test of each noun, for its adopter to go on with, and the rows that their databases begin with. */
export function testFiles(plan: Plan, name: string): WrittenFile[] {
  const folder = `test/${name}`
  return [
    ...plan.nouns.map((noun) => ({ path: `${folder}/${fileOf(noun)}.test.ts`, text: testFile(noun, plan.enums) })),
    { path: `${folder}/support/sown.ts`, text: sownFile(plan) },
    { path: `${folder}/support/contract-rows.ts`, text: contractRows },
  ]
}

const contractRows = `import { sowRows } from '../../support/sown-rows.ts'
import type { World } from '../../support/world.ts'
import { sown } from './sown.ts'

/** The rows of the lists that the contract tests read. */
export async function addRows(world: World): Promise<void> {
  await sowRows(world.databaseUrl, sown)
}
`

function sownFile(plan: Plan): string {
  const schemas = schemasOf(plan).map(quoted)
  return `import type { Sown } from '../../support/sown-rows.ts'

/** What the databases of these tests begin with: three rows of each table of these schemas. */
export const sown: Sown = {
  schemas: [${schemas.join(', ')}],
  // Values that nothing in the catalogue says, such as texts for a pattern, by table, row and column:
  // { shelf: [{ code: 'A' }, { code: 'B' }, { code: 'C' }] }
  given: {},
}
`
}

function testFile(noun: Noun, enums: readonly NamedEnum[]): string {
  const sorts = sortsOf(noun)
  const isPaged = sorts.length > 0
  const cases = [
    strangers(noun),
    isPaged ? found(noun) : listed(noun),
    ...(isPaged
      ? [
          sorted(
            noun,
            sorts.map(({ name }) => name),
          ),
          ...filtered(noun),
        ]
      : []),
    ...(hasWrites(noun) && isPaged && noun.writes.isCreated && !isOneForEach(noun) ? written(noun, enums) : []),
  ]
  const { many, one, model } = noun
  const mutations = hasWrites(noun) ? `, mutations: ${mutationsOf(noun, enums)}` : ''
  const options = `one: ${quoted(one)}, many: ${quoted(many)}, type: ${quoted(model)}, fields: ${quoted(fieldsOf(noun, isPaged))}, isPaged: ${isPaged}`
  return `import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NounTest } from '../support/noun-test.ts'
import { sown } from './support/sown.ts'

${inputs(noun, enums)}const ${many} = new NounTest({ ${options}${mutations} }, sown)
beforeAll(() => ${many}.open())
afterAll(() => ${many}.close())

describe(${quoted(noun.phrases)}, () => {
${cases.join('\n\n')}
})
`
}

function fieldsOf(noun: Noun, isPaged: boolean): string {
  const shown = shownFields(noun).map(({ field }) => field.name)
  const relations = noun.relations.map(({ name }) => `${name} { id }`)
  return [...(isPaged ? ['id'] : []), ...shown, ...relations].join(' ') || '__typename'
}

function strangers({ many }: Noun): string {
  return `it('are refused to strangers by each root field', async () => {
    const codes = Object.values(await ${many}.codes('anonymous'))
    expect(codes).toEqual(codes.map(() => ['UNAUTHENTICATED']))
  })`
}

function listed({ many }: Noun): string {
  return `it('are listed to an admin in one statement', async () => {
    expect(await ${many}.statements(() => ${many}.rows())).toBe(1)
  })`
}

function found({ many }: Noun): string {
  return `it('are listed to an admin, and found by their ids and as nodes, in one statement each', async () => {
    const { id, ...values } = await ${many}.row()
    expect(await ${many}.byId(id)).toEqual({ id, ...values })
    expect(await ${many}.asNode(id)).toEqual({ id, ...values })
    for (const read of [() => ${many}.rows(), () => ${many}.byId(id), () => ${many}.asNode(id)])
      expect(await ${many}.statements(read)).toBe(1)
  })`
}

function sorted({ many }: Noun, sorts: readonly string[]): string {
  return `it.each([${sorts.map(quoted).join(', ')}])('are sorted by %s in both directions', async (sort) => {
    expect(await ${many}.sorted(sort, 'DESC')).toEqual((await ${many}.sorted(sort, 'ASC')).toReversed())
  })`
}

function filtered(noun: Noun): string[] {
  const shown = new Set(shownFields(noun).map(({ field }) => field.name))
  const cases = filtersOf(noun).flatMap((filter) => {
    const path = filter.isReference ? `${filter.name.replace(/Id$/, '')}.id` : filter.name
    return filter.isReference || shown.has(path)
      ? [`[${[filter.name, path, formOf(filter)].map(quoted).join(', ')}]`]
      : []
  })
  if (cases.length === 0) return []
  return [
    `it.each([${cases.join(', ')}] as const)('are filtered by %s', async (filter, path, form) => {
    const { found, expected } = await ${noun.many}.filtered(filter, path, form)
    expect(found).toEqual(expected)
  })`,
  ]
}

function formOf({ range, enum: values }: ListFilter): 'value' | 'range' | 'list' {
  return range ? 'range' : values ? 'list' : 'value'
}

/** The values of a new row, and how it gets those of the rows it belongs to. */
function inputs(noun: Noun, enums: readonly NamedEnum[]): string {
  if (!hasWrites(noun) || !noun.writes.isCreated || isOneForEach(noun) || sortsOf(noun).length === 0) return ''
  const { references } = noun.writes
  // Each the row of another place, so that a key of several references is a new one.
  const ids = neededReferences(noun).map(({ input, relation }, at) => {
    return `${input}: await ${noun.many}.idOf(${quoted(relation.to.many)}${at === 0 ? '' : `, ${at}`})`
  })
  const values = JSON.stringify(sampleInput(noun, enums)).slice(1, -1)
  const parts = [values, ...ids].filter((part) => part !== '').join(', ')
  const isLinked = references.length > 0 && ids.length > 0
  return `/** ${`${withArticle(noun.phrase)} to add`.replace(/^./, (letter) => letter.toUpperCase())}. */
const new${noun.model} = ${isLinked ? 'async ' : ''}() => ({ ${parts} })

`
}

/** Whether there is one row for each row of another table: those that tests begin with have taken them all. */
function isOneForEach({ relations }: Noun): boolean {
  return relations.some(({ isRequired, isBackList }) => isRequired && !isBackList)
}

function neededReferences({ writes }: WrittenNoun): WrittenNoun['writes']['references'] {
  return writes.references.filter(({ isRequired }) => isRequired)
}

function mutationsOf(noun: WrittenNoun, enums: readonly NamedEnum[]): string {
  const { one, writes } = noun
  const seen = writes.version
    ? {
        [writes.version.input]:
          'prisma' in writes.version.field.value && writes.version.field.value.graphql === 'DateTime'
            ? '2026-01-31T12:00:00.000Z'
            : 1,
      }
    : {}
  const id = { [writes.id]: `${one}_0` }
  const ids = Object.fromEntries(writes.references.map(({ input }) => [input, 'nothing']))
  const inputs = {
    ...(writes.isCreated ? { [`${one}Create`]: { ...sampleInput(noun, enums), ...ids } } : {}),
    ...(writes.isUpdated ? { [`${one}Update`]: { ...id, ...seen } } : {}),
    [`${one}Delete`]: { ...id, ...seen },
  }
  return JSON.stringify(inputs)
}

function written(noun: WrittenNoun, enums: readonly NamedEnum[]): string[] {
  const { many, one, model, writes } = noun
  const isLinked = neededReferences(noun).length > 0
  const made = isLinked ? `await new${model}()` : `new${model}()`
  const refused = refusedInputs(noun)
  const changed = changedInput(noun, enums)
  const seen = writes.version ? `, ${writes.version.input}: (await ${many}.see(id)).${writes.version.field.name}` : ''
  const change = changed
    ? `
    await ${many}.write('${one}Update', { ${writes.id}: id${seen}, ${JSON.stringify(changed).slice(1, -1)} })
    expect(await ${many}.see(id)).toMatchObject(${JSON.stringify(changed)})`
    : ''
  const verbs = ['created', ...(changed ? ['changed'] : []), 'deleted']
  return [
    `it('are ${verbs.slice(0, -1).join(', ')} and deleted', async () => {
    const id = await ${many}.write('${one}Create', ${made})${change}
    await ${many}.write('${one}Delete', { ${writes.id}: id${seen} })
    expect(await ${many}.byId(id)).toBeNull()
  })`,
    ...(refused.length === 0
      ? []
      : [
          `it.each<[string, object]>([
    ${refused.map(([refusal, input]) => `[${quoted(refusal)}, ${codeOf(input)}]`).join(',\n')}
  ])('are not created where it is refused: %s', async (refusal, wrong) => {
    expect(await ${many}.refusals('${one}Create', { ...${isLinked ? `(${made})` : made}, ...wrong })).toEqual([refusal])
  })`,
        ]),
    ...keptRow(noun),
  ]
}

function changedInput(noun: WrittenNoun, enums: readonly NamedEnum[]): Record<string, unknown> | undefined {
  const value = noun.writes.values.find(
    ({ isUpdated, value, limits, input, field }) =>
      isUpdated && limits === undefined && value.graphql === 'String' && !value.isList && input === field.name,
  )
  return value && { [value.input]: sample(value, enums, 2) }
}

/** The first row of each table belongs to the first of another. */
function keptRow({ many, one, writes }: WrittenNoun): string[] {
  if (writes.keptBy.every(({ from, to }) => from === to)) return []
  const { version } = writes
  const seen = version ? `, ${version.input}: ${version.field.name}` : ''
  return [
    `it('are not deleted while something refers to them', async () => {
    const { id${version ? `, ${version.field.name}` : ''} } = await ${many}.row()
    expect(await ${many}.refusals('${one}Delete', { ${writes.id}: id${seen} })).toEqual(['IN_USE ${writes.id}'])
  })`,
  ]
}

/** As a person would write it: a long text of one letter is said by its length. */
function codeOf(input: object): string {
  return JSON.stringify(input).replace(/"(a{8,})"/g, (_text, letters: string) => `'a'.repeat(${letters.length})`)
}
