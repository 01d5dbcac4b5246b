import { createRequire } from 'node:module'
import {
  assertValidSchema,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isObjectType,
} from 'graphql'
import { everyone, type Rule, sayNeeds } from '../auth/rule.ts'
import type { Context } from '../context.ts'
import { clientError, codeOf } from '../errors.ts'
import { applySensitivities, sensitivityRule } from '../privacy/sensitivity.ts'
import { idsNamedIn } from './named-ids.ts'
import { modelOf, rowKey } from './row-type.ts'

// Both in their CommonJS builds: graphql-shield's ESM build imports `isUndefined` from `util`, which Node 23 removed.
// The two must be of the same build because they check each other with `instanceof`.
const require = createRequire(import.meta.url)
const { applyMiddleware }: typeof import('graphql-middleware') = require('graphql-middleware')
const { shield, rule: shieldRule }: typeof import('graphql-shield') = require('graphql-shield')

type ShieldRule = ReturnType<ReturnType<typeof shieldRule>>
type ShieldTree = Record<string, Record<string, ShieldRule>>

/**
 * Puts graphql-shield around the fields that have a rule, and only those, and adds the rules of sensitivity tags. Throws
 * for a root field without a rule and for a tag without one.
 */
export function guardSchema(schema: GraphQLSchema, sensitivities: Readonly<Record<string, Rule>> = {}): GraphQLSchema {
  assertValidSchema(schema)
  applySensitivities(schema, sensitivities)
  describeRules(schema)
  const tree = shieldTree(schema)
  const permissions = shield(tree, {
    // Resolver errors go on to the error catalogue. Otherwise each becomes "Not Authorised!".
    allowExternalErrors: true,
  })
  const middleware = permissions.generate(schema)
  unwrapOthers(middleware, tree)
  return guardStreams(applyMiddleware(schema, middleware))
}

/** graphql-shield guards the events of a stream, by their resolvers. Its beginning has the same rule. */
function guardStreams(schema: GraphQLSchema): GraphQLSchema {
  const type = schema.getSubscriptionType()
  for (const field of Object.values(type?.getFields() ?? {})) {
    const rule = type && ruleOf(type, field)
    const { subscribe } = field
    if (!rule || !subscribe) throw new Error(`Subscription.${field.name} has no rule or no source`)
    field.subscribe = (parent: unknown, args: object, context: Context, info: GraphQLResolveInfo) => {
      if (rule.allows(context.viewer)) return subscribe(parent, args, context, info)
      throw denied(rule, parent, args, context, info)
    }
  }
  return schema
}

/**
 * graphql-shield also wraps every field without a rule, in a rule that allows all: a sixth of the CPU of a query of many
 * objects. This removes those wrappers. If a later version has middleware of another shape, it removes nothing.
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

/** Adds to the description of each guarded field what it needs, so that clients know before they are refused. */
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

/** The fields that deny some viewer. */
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

/** graphql-shield throws at start-up on two rules of one name, so each name becomes one shield rule. */
function shielded(rule: Rule, known: Map<string, { rule: Rule; shielded: ShieldRule }>): ShieldRule {
  const same = known.get(rule.name)
  if (same) return same.shielded
  const made = shieldRule(rule.name, { cache: 'no_cache' })(
    (parent: unknown, args: unknown, context: Context, info: GraphQLResolveInfo) => {
      if (rule.allows(context.viewer)) return true
      return denied(rule, parent, args, context, info)
    },
  )
  known.set(rule.name, { rule, shielded: made })
  return made
}

/**
 * The error of a denial, which the audit trail gets too. A resolver throws it for a rule that depends on its arguments.
 * @public
 */
export function denied(rule: Rule, parent: unknown, args: unknown, context: Context, info: GraphQLResolveInfo): Error {
  const error = denial(context, rule)
  recordDenial(parent, args, context, info, codeOf(error) ?? '')
  return error
}

function denial({ viewer }: Context, rule: Rule): Error {
  if (viewer.kind === 'anonymous') {
    return clientError('UNAUTHENTICATED', `This needs a viewer (${rule.name}): send "Authorization: Bearer <token>".`)
  }
  return clientError('FORBIDDEN', `This viewer may not use this field; it needs: ${rule.name}.`)
}

/** Reports the denial to the audit trail: of a mutation with its input's ids, of any other field with its row. */
function recordDenial(
  parent: unknown,
  args: unknown,
  { audit }: Context,
  { parentType, fieldName, schema }: GraphQLResolveInfo,
  code: string,
) {
  if (parentType !== schema.getMutationType()) {
    const type = modelOf(parentType)
    const subject = { type, row: rowKey(type, parent), ids: idsNamedIn(args) }
    audit.denied(subject, `${parentType.name}.${fieldName}`, code)
    return
  }
  const input = typeof args === 'object' && args !== null && 'input' in args ? args.input : undefined
  audit.mutation({ action: fieldName, outcome: 'DENIED', subjectIds: idsNamedIn(input), codes: [code] })
}

function authOption(extensions: Readonly<Record<string, unknown>>): Rule | undefined {
  const options = extensions.pothosOptions
  if (typeof options !== 'object' || options === null || !('auth' in options)) return undefined
  return isRule(options.auth) ? options.auth : undefined
}

function isRule(value: unknown): value is Rule {
  return typeof value === 'object' && value !== null && 'name' in value && 'allows' in value
}
