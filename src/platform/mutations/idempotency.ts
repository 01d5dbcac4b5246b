import { createHash } from 'node:crypto'
import { z } from 'zod'
import { Prisma } from '../../generated/prisma/client.ts'
import { principalOf, type Viewer } from '../auth/viewer.ts'
import type { Model } from '../database/data-model.ts'
import type { KeptRows } from '../database/retention-rule.ts'
import { type Key, keyText } from '../database/row-key.ts'
import type { Transaction } from '../database/transaction.ts'
import { clientError } from '../errors.ts'
import { canonicalJson } from './canonical-json.ts'

/** The texts of the keys of the changed objects, by field of the payload. */
export type Outcome = Readonly<Record<string, string | null>>

/** The keys of changed objects, or their texts, by field of the payload. */
export type ChangedKeys = Readonly<Record<string, Key | string | null>>

/** The outcome of a mutation that has changed these objects; `models` has their models by field of the payload. */
export function outcomeOf(models: Readonly<Record<string, Model>>, keys: ChangedKeys): Outcome {
  const texts = Object.entries(models).flatMap(([field, model]) => {
    const key = keys[field]
    return key === undefined ? [] : [[field, key === null ? null : keyText(model, key)]]
  })
  return Object.fromEntries(texts)
}

export interface IdempotentCall {
  key: string
  /** The mutation, with its response key where one header serves several. */
  field: string
  args: unknown
  /** Whether the work may begin before the key is known to be new, because its first statements only read. */
  readsFirst: boolean
}

const keyPattern = /^[\x21-\x7e]{1,255}$/
const outcome = z.record(z.string(), z.string().nullable())
const kept = z.array(z.object({ sameArgs: z.boolean(), outcome })).max(1)

/** How long a key is remembered, in hours. */
const keptHours = 24
const retryAfterSeconds = 1

export function checkedKey(key: string): string {
  if (keyPattern.test(key)) return key
  throw clientError('BAD_USER_INPUT', 'An idempotency key is 1 to 255 visible ASCII characters, such as a UUID.')
}

/**
 * Takes the key for this transaction; undefined where the key is new. A second call with the key waits here until the
 * first has ended. Then it finds the first call's outcome or, where that was refused, takes the key itself.
 */
export async function claimKey(tx: Transaction, viewer: Viewer, call: IdempotentCall): Promise<Outcome | undefined> {
  const who = principalOf(viewer)
  const args = hashOf(call.args)
  const claimed = await tx.$executeRaw`
    insert into platform.pf_idempotency as known (prin_cd, idem_key, verb_nm, args_sha, outcome_doc)
    values (${who}, ${call.key}, ${call.field}, ${args}, '{}')
    on conflict (prin_cd, idem_key, verb_nm) do update
      set args_sha = excluded.args_sha, outcome_doc = excluded.outcome_doc, created_ts = now()
      where known.created_ts < now() - make_interval(hours => ${keptHours})`
  if (claimed > 0) return undefined

  const known = await knownOutcome(tx, viewer, call)
  if (!known) throw new Error('an idempotency key was neither free nor there')
  return known
}

/** The outcome of a call that has ended; undefined where there is none. Takes no key. */
export async function knownOutcome(
  tx: Transaction,
  viewer: Viewer,
  { key, field, args }: IdempotentCall,
): Promise<Outcome | undefined> {
  const [found] = kept.parse(
    await tx.$queryRaw`
      select args_sha = ${hashOf(args)} as "sameArgs", outcome_doc as "outcome" from platform.pf_idempotency
      where prin_cd = ${principalOf(viewer)} and idem_key = ${key} and verb_nm = ${field}
        and created_ts >= now() - make_interval(hours => ${keptHours})`,
  )
  if (!found || found.sameArgs) return found?.outcome
  throw clientError(
    'IDEMPOTENCY_KEY_REUSED',
    'This idempotency key came with other arguments before; use a new one for a new request.',
  )
}

/** The key of a call for another service: it tells nothing, and no other principal or mutation has it. */
export function keyElsewhere(viewer: Viewer, { key, field }: IdempotentCall): string {
  return createHash('sha256')
    .update(JSON.stringify([principalOf(viewer), field, key]))
    .digest('base64url')
}

/** Stores the outcome for a retry. */
export function outcomeKept(viewer: Viewer, call: IdempotentCall, result: Outcome): Prisma.Sql {
  return Prisma.sql`
    update platform.pf_idempotency set outcome_doc = ${JSON.stringify(result)}::jsonb
    where prin_cd = ${principalOf(viewer)} and idem_key = ${call.key} and verb_nm = ${call.field}`
}

/** The first call with this key did not end within the lock timeout. */
export function keyInFlight() {
  const message = 'A request with this idempotency key is still running; try again shortly to get its answer.'
  return clientError('IDEMPOTENCY_KEY_IN_FLIGHT', message, { extensions: { retryAfterSeconds } })
}

export const keptKeys: KeptRows = {
  name: 'idempotency keys',
  keep: `${keptHours} hours`,
  table: 'platform.pf_idempotency',
  isOver: Prisma.sql`created_ts < now() - make_interval(hours => ${keptHours})`,
}

function hashOf(args: unknown): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(createHash('sha256').update(canonicalJson(args)).digest())
}
