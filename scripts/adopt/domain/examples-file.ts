import type { Noun, Plan, Relation } from '../noun.ts'
import type { WrittenFile } from './code.ts'
import { sortsOf } from './list-options.ts'
import { looksPersonal } from './personal.ts'
import { shownFields } from './type-fields.ts'

const depth = 3

/** The operations that GraphiQL opens with: what is nested deepest, page by page, and who is calling. */
export function examplesFile({ nouns }: Plan, folder: string): WrittenFile {
  const paged = nouns.filter((noun) => sortsOf(noun).length > 0)
  const way = paged
    .map((noun) => wayDown(noun, depth))
    .reduce<Relation[]>((best, each) => (each.length > best.length ? each : best), [])
  const first = way[0]?.to ?? paged[0]
  const examples = [...(first ? [nested(first, way), pages(first)] : []), viewer]
  return {
    path: `${folder}/examples.ts`,
    text: `import type { ExampleOperation } from '../platform/domain.ts'

/** The tabs that GraphiQL opens with. Run them as admin: nobody else may see anything yet. */
export const exampleOperations: readonly ExampleOperation[] = [
  ${examples.map((query) => `{ query: \`${query.replaceAll('`', '\\`')}\` }`).join(',\n')}
]
`,
  }
}

/** The longest way over lists that comes by no noun twice. */
function wayDown(noun: Noun, steps: number, seen: readonly Noun[] = []): Relation[] {
  const been = [...seen, noun]
  const ways = noun.backRelations
    .filter(({ from, isBackList }) => steps > 1 && isBackList && !been.includes(from) && sortsOf(from).length > 0)
    .map((relation) => [relation, ...wayDown(relation.from, steps - 1, been)])
  return ways.reduce<Relation[]>((best, way) => (way.length > best.length ? way : best), [])
}

function nested(noun: Noun, way: readonly Relation[]): string {
  return `# ${noun.phrases.replace(/^./, (letter) => letter.toUpperCase())} with everything below them, in one statement.
# Run it as admin with Ctrl+Enter (⌘+Enter); the bar above says what it cost.
query Nested {
  ${noun.many}(first: 5) ${page(noun, way, '  ')}
}
`
}

function page(noun: Noun, way: readonly Relation[], indent: string): string {
  const inner = `${indent}    `
  const [next, ...others] = way
  const lines = [
    ...valuesOf(noun),
    ...(next ? [`${next.backName}(first: 3) ${page(next.from, others, inner)}`] : parentOf(noun)),
  ]
  return `{
${indent}  edges { node {
${lines.map((line) => `${inner}${line}`).join('\n')}
${indent}  } }
${indent}}`
}

/** The id and up to two values that tell of nobody. */
function valuesOf(noun: Noun): string[] {
  const plain = shownFields(noun).filter(({ field, value }) => value.graphql !== 'JSON' && !looksPersonal(field))
  return [...(noun.key.length > 0 ? ['id'] : []), ...plain.slice(0, 2).map(({ field }) => field.name)]
}

function parentOf({ relations }: Noun): string[] {
  const last = relations.at(-1)
  const [value] = last ? valuesOf(last.to).slice(-1) : []
  return last && value !== undefined ? [`${last.name} { ${value} }`] : []
}

function pages(noun: Noun): string {
  return `# Page by page: put the endCursor of this page into the variable "after" for the next.
query Pages($after: String) {
  ${noun.many}(first: 3, after: $after) {
    totalCount # counted only where it is asked for
    edges { node { ${valuesOf(noun).join(' ')} } }
    pageInfo { hasNextPage endCursor }
  }
}
`
}

const viewer = `# Who am I, and what may I do?
# Pick a viewer in the bar, or put
# {"authorization": "Bearer …"} into Headers below.
query Me {
  viewer { kind roles scopes }
}
`
