import { createRequire } from 'node:module'
import {
  assertValidSchema,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isObjectType,
} from 'graphql'
import { idsNamed } from '../audit/audit-entry.ts'
import { modelOf, recordReads, rowId } from '../audit/record-reads.ts'
import { everyone, type Rule, sayNeeds } from '../auth/rule.ts'
import type { Context } from '../context.ts'
import { clientError, codeOf } from '../errors.ts'
import { requestScope } from '../execution/request-scope.ts'
import { applySensitivities, sensitivityRule } from '../privacy/sensitivity.ts'

// Both in their CommonJS builds: graphql-shield's ESM build imports `isUndefined` from `util`, which Node 23 dropped,
// and the two must be of one kind since they check each other with `instanceof`.
const require = createRequire(import.meta.url)
const { applyMiddleware }: typeof import('graphql-middleware') = require('graphql-middleware')
const { shield, rule: shieldRule }: typeof import('graphql-shield') = require('graphql-shield')

type ShieldRule = ReturnType<ReturnType<typeof shieldRule>>
type ShieldTree = Record<string, Record<string, ShieldRule>>

/**
 * Puts graphql-shield around the fields that have a rule, and only those, with the rules that tags bring; a root field
 * without a rule does not build, nor does a tag without one. Tagged fields tell the audit trail that they were read.
 */
export function guardSchema(schema: GraphQLSchema, sensitivities: Readonly<Record<string, Rule>> = {}): GraphQLSchema {
  assertValidSchema(schema)
  applySensitivities(schema, sensitivities)
  recordReads(schema)
  describeRules(schema)
  const tree = shieldTree(schema)
  const permissions = shield(tree, {
    // A resolver's own errors pass to our error masking; without this each becomes "Not Authorised!".
    allowExternalErrors: true,
  })
  const middleware = permissions.generate(schema)
  unwrapOthers(middleware, tree)
  return applyMiddleware(schema, middleware)
}

/**
 * graphql-shield wraps every other field of every type too, in a rule that allows all: a sixth of the CPU of a query of
 * many objects. Were its middleware of another shape, nothing would be taken off.
 */
function unwrapOthers(middleware: object, tree: ShieldTree): void {
  for (const [type, wrapped] of Object.entries(middleware)) {
    const fields: object = wrapped
    for (const name of Object.keys(fields)) if (!tree[type]?.[name]) Reflect.deleteProperty(fields, name)
  }
}

/** The rule on a field, from its own `auth` option, its tag, or its type's `auth`. */
export function ruleOf(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>): Rule | undefined {
  const ofTag = sensitivityRule(field)
  return authOption(field.extensions) ?? (isRule(ofTag) ? ofTag : authOption(type.extensions))
}

export function isRootType(schema: GraphQLSchema, type: GraphQLObjectType): boolean {
  return [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].some(
    (root) => root?.name === type.name,
  )
}

/** Each guarded field says what it needs, so that a client need not find out by being refused. */
function describeRules(schema: GraphQLSchema): void {
  for (const { field, rule } of guardedFields(schema)) {
    const needs = `Needs ${sayNeeds(rule)}.`
    if (!field.description?.endsWith(needs)) field.description = [field.description, needs].filter(Boolean).join(' ')
  }
}

interface GuardedField {
  type: GraphQLObjectType
  field: GraphQLField<unknown, unknown>
  rule: Rule
}

/** The fields that turn somebody away. */
export function guardedFields(schema: GraphQLSchema): GuardedField[] {
  const guarded: GuardedField[] = []
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    if (type.name.startsWith('__')) continue
    for (const field of Object.values(type.getFields())) {
      const rule = ruleOf(type, field)
      if (!rule && isRootType(schema, type)) throw new Error(`${type.name}.${field.name} has no \`auth\` rule`)
      if (rule && rule.name !== everyone.name) guarded.push({ type, field, rule })
    }
  }
  return guarded
}

function shieldTree(schema: GraphQLSchema): ShieldTree {
  const tree: ShieldTree = {}
  const shieldRules = new Map<string, { rule: Rule; shielded: ShieldRule }>()
  for (const { type, field, rule } of guardedFields(schema)) {
    tree[type.name] = { ...tree[type.name], [field.name]: shielded(rule, shieldRules) }
  }
  return tree
}

/** graphql-shield throws at start-up on two rules of one name, so each of ours becomes one of its. */
function shielded(rule: Rule, known: Map<string, { rule: Rule; shielded: ShieldRule }>): ShieldRule {
  const same = known.get(rule.name)
  if (same) return same.shielded
  const made = shieldRule(rule.name, { cache: 'no_cache' })(
    (parent: unknown, args: unknown, context: Context, info: GraphQLResolveInfo) => {
      if (rule.allows(context.viewer)) return true
      const error = denial(context, rule)
      recordDenial(parent, args, info, codeOf(error) ?? '')
      return error
    },
  )
  known.set(rule.name, { rule, shielded: made })
  return made
}

function denial({ viewer }: Context, rule: Rule): Error {
  if (viewer.kind === 'anonymous') {
    return clientError('UNAUTHENTICATED', `This needs a viewer (${rule.name}): send "Authorization: Bearer <token>".`)
  }
  return clientError('FORBIDDEN', `This viewer may not use this field; it needs: ${rule.name}.`)
}

/** A mutation has the trail's words for itself; of a field is said on which row it was asked for. */
function recordDenial(
  parent: unknown,
  args: unknown,
  { parentType, fieldName, schema }: GraphQLResolveInfo,
  code: string,
) {
  const notes = requestScope.getStore()?.notes
  if (parentType !== schema.getMutationType()) {
    const subject = { type: modelOf(parentType), row: rowId(parent), ids: idsNamed(args) }
    return notes?.denied(subject, `${parentType.name}.${fieldName}`, code)
  }
  const input = typeof args === 'object' && args !== null && 'input' in args ? args.input : undefined
  notes?.mutation({ action: fieldName, outcome: 'DENIED', subjectIds: idsNamed(input), codes: [code] })
}

function authOption(extensions: Readonly<Record<string, unknown>>): Rule | undefined {
  const options = extensions.pothosOptions
  if (typeof options !== 'object' || options === null || !('auth' in options)) return undefined
  return isRule(options.auth) ? options.auth : undefined
}

function isRule(value: unknown): value is Rule {
  return typeof value === 'object' && value !== null && 'name' in value && 'allows' in value
}
