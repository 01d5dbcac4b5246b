import { type Change, ChangeType, CriticalityLevel, diff } from '@graphql-inspector/core'
import type { GraphQLSchema } from 'graphql'
import { deprecationsIn } from './deprecations.ts'

interface Compared {
  /** The released schema that clients use. */
  released: GraphQLSchema
  current: GraphQLSchema
  /** The reason of each breaking change, by its path: `Order.total`, or `partner/Order.total` for one contract alone. */
  reasons: ReadonlyMap<string, string>
  /** The audience whose contract it is; undefined for the whole schema. */
  audience?: string | undefined
  /** `2027-06-30` */
  today: string
}

/** Sentences on the changes since the release. */
export interface Compatibility {
  /** Changes that must not be. */
  violations: string[]
  /** Breaking changes with a reason, and removals that were announced and are due. */
  excused: string[]
  /** Changes that may surprise clients although no document breaks, such as another default. */
  dangerous: string[]
  /** The number of harmless changes. */
  harmless: number
  /** The paths for which there may be a reason. */
  broken: string[]
}

const removals: readonly string[] = [
  ChangeType.FieldRemoved,
  ChangeType.FieldArgumentRemoved,
  ChangeType.InputFieldRemoved,
  ChangeType.EnumValueRemoved,
]
/** The directives of costs, which the diff of schema.graphql shows. */
const isOfDirective = ({ type }: Change) => type.startsWith('DIRECTIVE_USAGE_')

/** Compares the current schema with the released one. */
export async function compatibility(compared: Compared): Promise<Compatibility> {
  const { released, current, reasons, today, audience } = compared
  const changes = await diff(released, current)
  const breaking = changes.filter(isOf(CriticalityLevel.Breaking))
  const dangerous = changes.filter(isOf(CriticalityLevel.Dangerous)).filter((change) => !isOfDirective(change))
  const promises = new Map(deprecationsIn(released).map(({ path, promisedUntil }) => [path, promisedUntil]))
  const violations: string[] = []
  const excused: string[] = []
  for (const change of breaking) {
    const path = pathOf(change)
    const promise = removals.includes(change.type) ? promises.get(path) : undefined
    const reason = promise === undefined ? (reasons.get(`${audience}/${path}`) ?? reasons.get(path)) : undefined
    if (promise !== undefined && promise >= today)
      violations.push(`${said(change)}, which is promised until ${promise}`)
    else if (promise !== undefined) excused.push(`${said(change)}, which was promised until ${promise}`)
    else if (reason === undefined) violations.push(said(change))
    else excused.push(`${said(change)}, since: ${reason}`)
  }
  return {
    violations: [...violations, ...shortened(compared), ...undated(current)],
    excused,
    dangerous: dangerous.map(said),
    harmless: changes.length - breaking.length - dangerous.length,
    broken: breaking.flatMap((change) => [pathOf(change), `${audience}/${pathOf(change)}`]),
  }
}

/** A promise until a later day may not become one until an earlier day. */
function shortened({ released, current }: Compared): string[] {
  const now = new Map(deprecationsIn(current).map(({ path, promisedUntil }) => [path, promisedUntil]))
  return deprecationsIn(released).flatMap(({ path, promisedUntil: promise = '' }) => {
    const changed = now.get(path) ?? promise
    return changed < promise ? [`${path}: it is promised until ${promise}, and now until ${changed} only`] : []
  })
}

function undated(schema: GraphQLSchema): string[] {
  return deprecationsIn(schema)
    .filter(({ promisedUntil }) => promisedUntil === undefined)
    .map(({ path }) => `${path}: its deprecation does not say until when it stays, such as "removed after 2027-06-30"`)
}

/** The table of schema.changes.md. */
export function reasonsIn(markdown: string): Map<string, string> {
  const rows = markdown.split('\n').filter((line) => line.startsWith('|'))
  return new Map(rows.slice(2).map(reasonIn))
}

function reasonIn(row: string): [path: string, reason: string] {
  const [, path, reason] = /^\| `([^`]+)` \| ([^|]*[^|\s]) +\|$/.exec(row) ?? []
  if (path !== undefined && reason !== undefined) return [path, reason]
  throw new Error(`schema.changes.md has a line that is not like "| \`Type.field\` | reason |":\n\n${row}`)
}

function isOf(wanted: CriticalityLevel) {
  return ({ criticality }: Change) => criticality.level === wanted
}

function pathOf({ path }: Change): string {
  return path ?? 'schema'
}

function said(change: Change): string {
  return `${pathOf(change)}: ${change.message}`
}
