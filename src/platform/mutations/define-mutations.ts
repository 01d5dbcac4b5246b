import type { InputRef } from '@pothos/core'
import { getRefFromModel } from '@pothos/plugin-prisma'
import type { GraphQLResolveInfo } from 'graphql'
import type { Rule } from '../auth/rule.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { Context } from '../context.ts'
import type { Model } from '../database/data-model.ts'
import type { Key } from '../database/row-key.ts'
import { clientError } from '../errors.ts'
import { builder } from '../graphql/builder.ts'
import type { EnumValueExtensions } from '../graphql/enum-value-extensions.ts'
import { readRow } from '../graphql/read-row.ts'
import { checkedKey, type IdempotentCall, keyElsewhere, type Outcome, outcomeOf } from './idempotency.ts'
import { type Importable, importables } from './importable.ts'
import { MutationRecord } from './mutation-record.ts'
import { earlierOutcome, type MutationScope, runMutation } from './run-mutation.ts'
import { type CommonCode, commonCodes, Refusal, typeOfCode, type UserErrorShape, UserErrors } from './user-errors.ts'

/** What the work of a mutation receives, with any further codes of its domain. */
export interface MutationWork<Code extends string> extends MutationScope {
  errors: Pick<UserErrors<Code>, 'add' | 'refuseIfAny' | 'refuse' | 'refuseWith'>
  /** Sets a field of `shownOnce`, for this response only. */
  show(field: string, value: string): void
}

/** What a mutation prepares with, before its transaction. */
export interface Preparation<Code extends string> {
  context: Context
  errors: Pick<UserErrors<Code>, 'add' | 'refuseIfAny' | 'refuse'>
}

/**
 * The same for a mutation that writes to another service.
 * @public
 */
export interface PreparationElsewhere<Code extends string> extends Preparation<Code> {
  /** The idempotency key for that service. Calls of two viewers have two keys. */
  key: string
}

interface MutationOptions<Input, Changed extends Record<string, Model>, Code extends string, Prepared> {
  /** The field, a noun and a verb: `apiKeyCreate`. */
  name: string
  description: string
  auth: Rule
  /** The audiences whose endpoints have it beside the back office's. */
  subGraphs?: string[]
  input: InputRef<Input>
  /** Mutations that a retry must not repeat require a key. */
  idempotencyKey: 'required' | 'optional'
  /** Whether the first statements of the work only read and lock. They are then sent together with the key's statement. */
  readsFirst?: boolean
  /** Whether its inputs can be imported: see Importable. */
  inBulk?: boolean
  /** Whether the response would reveal another viewer's data, as "taken" does. Such responses are limited a minute. */
  looksUp?: (input: Input, viewer: Viewer) => boolean
  /** The objects it changes: fields of the payload and their models. */
  changes: Changed
  /** Further text fields of the payload, by description. They are not stored: a replay has null in their place. */
  shownOnce?: Readonly<Record<string, string>>
  /** Work that no transaction may wait for, such as a look-up of a host name. */
  prepare?: (input: Input, preparation: Preparation<Code | CommonCode>) => Promise<Prepared>
  /**
   * Writes to another service, before the transaction, so that none waits for it. A repeated call comes here again if the
   * first one has not ended: pass `key` on. The mutation must require an idempotency key.
   */
  writeElsewhere?: (input: Input, preparation: PreparationElsewhere<Code | CommonCode>) => Promise<Prepared>
  /**
   * The work, in one transaction. Returns the key of each changed object, or null. Add user errors to `errors`;
   * `errors.refuseIfAny()` ends the mutation with nothing written. Look unique values up first: where another
   * transaction takes one in between, the mutation runs again and finds it taken.
   */
  run: (
    input: Input,
    scope: MutationWork<Code | CommonCode> & { errors: UserErrors<Code | CommonCode> },
    prepared: Prepared,
  ) => Promise<{ [K in keyof Changed]: Key<Changed[K]> | null }>
}

interface Payload {
  outcome: Outcome
  replayed: boolean
  userErrors: readonly UserErrorShape[]
  shown: ReadonlyMap<string, string>
}

interface Keyed {
  idempotencyKey?: string | null
}

/** A domain's function that defines mutations. The platform defines its own mutations with it too. */
export type Mutation<Code extends string> = ReturnType<typeof defineMutations<Code>>

/**
 * Makes a domain's function that defines mutations, with the codes of its user errors beside the common ones. The endpoint of
 * an audience has those that are named for it.
 */
export function defineMutations<Code extends string>(
  domainCodes: Record<Code, string>,
  codesFor: Readonly<Record<string, readonly NoInfer<Code>[]>> = {},
) {
  const codes = { ...commonCodes, ...domainCodes }
  const UserError = userErrorType(codes, (code) => {
    if (!Object.hasOwn(domainCodes, code)) return { of: typeOfCode(code) }
    return { subGraphs: Object.keys(codesFor).filter((audience) => codesFor[audience]?.some((each) => each === code)) }
  })

  /** The options of a mutation field, with its payload type: the changed objects, `userErrors` and `replayed`. */
  return function mutation<Input extends Keyed, Changed extends Record<string, Model>, Prepared = undefined>(
    options: MutationOptions<Input, Changed, Code, Prepared>,
  ) {
    if (options.writeElsewhere && (options.prepare || options.idempotencyKey !== 'required'))
      throw new Error(`${options.name} writes elsewhere: it needs an idempotency key, and prepares nothing else`)
    if (options.inBulk) importables.set(options.name, importable(options, codes))
    return {
      type: payloadType(options, UserError),
      nullable: true as const,
      auth: options.auth,
      ...(options.subGraphs && { subGraphs: options.subGraphs }),
      cost: 10,
      description: options.description,
      args: builder.args((t) => ({
        input: t.field({ type: options.input, required: true, description: 'What to do.' }),
      })),
      resolve: (_root: unknown, { input }: { input: Input }, context: Context, info: GraphQLResolveInfo) =>
        once(context, info, () => perform(options, codes, input, context, info)),
    }
  }
}

function importable<Input extends Keyed, Changed extends Record<string, Model>, Code extends string, Prepared>(
  { name, auth, changes, prepare, writeElsewhere, run }: MutationOptions<Input, Changed, Code, Prepared>,
  codes: Record<Code | CommonCode, string>,
): Importable {
  if (prepare || writeElsewhere) throw new Error(`${name} prepares each call, and so cannot be imported`)
  const show = () => {
    throw new Error(`${name} shows something once, and so cannot be imported`)
  }
  return {
    name,
    auth,
    changes,
    // GraphQL has coerced the input to the type of the mutation, and nothing was prepared.
    run: async (input, scope) =>
      outcomeOf(
        changes,
        await run(input as Input, { ...scope, errors: new UserErrors(codes), show }, undefined as Prepared),
      ),
  }
}

/** By request and response key. */
const performed = new WeakMap<Context['httpRequest'], Map<string | number, Promise<Payload>>>()

/**
 * Performs a mutation once for a request: the general route may execute a document again that the fast path has executed
 * in part, and then gets the same payload.
 */
function once(
  { httpRequest }: Context,
  { path }: GraphQLResolveInfo,
  perform: () => Promise<Payload>,
): Promise<Payload> {
  const mutations = performed.get(httpRequest) ?? new Map<string | number, Promise<Payload>>()
  performed.set(httpRequest, mutations)
  const payload = mutations.get(path.key) ?? perform()
  mutations.set(path.key, payload)
  return payload
}

async function perform<Input extends Keyed, Changed extends Record<string, Model>, Code extends string, Prepared>(
  mutation: MutationOptions<Input, Changed, Code, Prepared>,
  codes: Record<Code | CommonCode, string>,
  input: Input,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<Payload> {
  const record = new MutationRecord(mutation, input, context, info)
  const ended = context.beginMutation(mutation.name, String(info.path.key))
  try {
    const done = await attempt(mutation, codes, input, context, info, record)
    if (done.replayed) record.replayed(done.outcome)
    // Values loaded for an earlier mutation of this request may have changed.
    context.loaders.forget()
    ended()
    return { ...done, userErrors: [] }
  } catch (error) {
    record.failed(error)
    if (!(error instanceof Refusal)) {
      ended(error)
      throw error
    }
    ended()
    return {
      outcome: outcomeOf(mutation.changes, error.current),
      replayed: false,
      userErrors: error.userErrors,
      shown: new Map(),
    }
  }
}

async function attempt<Input extends Keyed, Changed extends Record<string, Model>, Code extends string, Prepared>(
  {
    name,
    idempotencyKey,
    readsFirst = false,
    looksUp,
    prepare,
    writeElsewhere,
    changes,
    run,
  }: MutationOptions<Input, Changed, Code, Prepared>,
  codes: Record<Code | CommonCode, string>,
  input: Input,
  context: Context,
  info: GraphQLResolveInfo,
  record: MutationRecord,
): Promise<Omit<Payload, 'userErrors'>> {
  const call = idempotentCall(name, readsFirst, input, context, info)
  if (!call && idempotencyKey === 'required') {
    throw clientError(
      'IDEMPOTENCY_KEY_REQUIRED',
      `\`${name}\` needs an idempotency key, so that a retry does not do it twice: \`idempotencyKey\` in its input, or an Idempotency-Key header.`,
    )
  }
  if (looksUp?.(input, context.viewer)) context.countLookUp()
  const preparation = { context, errors: new UserErrors(codes) }
  const known = writeElsewhere && call && (await earlierOutcome(context, call))
  if (known) return { outcome: known, replayed: true, shown: new Map() }
  // Nothing undoes what another service has written.
  if (writeElsewhere && context.isDryRun) return { outcome: {}, replayed: false, shown: new Map() }
  // Only a mutation that prepares something has a type of what it prepares.
  const prepared = (await (writeElsewhere && call
    ? writeElsewhere(input, { ...preparation, key: keyElsewhere(context.viewer, call) })
    : prepare?.(input, preparation))) as Prepared
  const shown = new Map<string, string>()
  const work = async (scope: MutationScope) => {
    const show = (field: string, value: string) => void (context.isDryRun || shown.set(field, value))
    return outcomeOf(changes, await run(input, { ...scope, errors: new UserErrors(codes), show }, prepared))
  }
  return { ...(await runMutation(context, call, work, (outcome) => record.done(outcome))), shown }
}

/**
 * The key in the input, or the header's. One header serves all mutations of a request, so their response keys tell them
 * apart.
 */
function idempotentCall(
  name: string,
  readsFirst: boolean,
  { idempotencyKey, ...args }: Keyed,
  context: Context,
  info: GraphQLResolveInfo,
): IdempotentCall | undefined {
  if (idempotencyKey != null) return { key: checkedKey(idempotencyKey), field: name, args, readsFirst }
  if (context.idempotencyKey === undefined) return undefined
  const place = String(info.path.key)
  return {
    key: checkedKey(context.idempotencyKey),
    field: place === name ? name : `${name} ${place}`,
    args,
    readsFirst,
  }
}

/** `extensionsOf` says which endpoints have a code: see sub-graph.ts. */
function userErrorType(codes: Record<string, string>, extensionsOf: (code: string) => EnumValueExtensions) {
  const code = builder.enumType('UserErrorCode', {
    description: 'What a caller can mend about a mutation’s input.',
    values: Object.fromEntries(
      Object.entries(codes).map(([name, description]) => [name, { description, extensions: extensionsOf(name) }]),
    ),
  })
  return builder.objectRef<UserErrorShape>('UserError').implement({
    description: 'Why a mutation did nothing, in terms of its input. When there is one, nothing was changed.',
    fields: (t) => ({
      code: t.field({ type: code, description: 'The kind of fault.', resolve: (error) => error.code }),
      message: t.exposeString('message', { description: 'What is wrong, for people.' }),
      path: t.stringList({
        description: 'Which input it is about: `["input", "lines", "3", "quantity"]`.',
        resolve: ({ path }) => [...path],
      }),
    }),
  })
}

function payloadType(
  {
    name,
    changes,
    shownOnce = {},
  }: Pick<MutationOptions<never, Record<string, Model>, never, never>, 'name' | 'changes' | 'shownOnce'>,
  UserError: ReturnType<typeof userErrorType>,
) {
  const typeName = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}Payload`
  const ref = builder.objectRef<Payload>(typeName).implement({
    description: `What became of \`${name}\`.`,
    fields: (t) => ({
      replayed: t.exposeBoolean('replayed', {
        description: 'Whether this answers a retry: the idempotency key was used before, and nothing was done again.',
      }),
      userErrors: t.field({
        type: [UserError],
        listSize: 1,
        description: 'Everything to mend in the input; empty when it was done.',
        resolve: ({ userErrors }) => [...userErrors],
      }),
    }),
  })
  for (const [field, model] of Object.entries(changes)) {
    builder.objectField(ref, field, (t) =>
      t.field({
        type: getRefFromModel(model, builder),
        nullable: true,
        description: `The ${model} as it is now; null when there are user errors, but for a conflict, which shows what is there.`,
        // Through the row policy, since the viewer of a replay may have lost rights.
        resolve: ({ outcome }, _args, context, info) => {
          const key = outcome[field]
          return key == null ? null : readRow(model, key, context, info)
        },
      }),
    )
  }
  for (const [field, description] of Object.entries(shownOnce)) {
    builder.objectField(ref, field, (t) =>
      t.string({ nullable: true, description, resolve: ({ shown }) => shown.get(field) ?? null }),
    )
  }
  return ref
}
