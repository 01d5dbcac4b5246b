import type { Rule } from '../auth/rule.ts'
import type { Model } from '../database/data-model.ts'
import type { Outcome } from './idempotency.ts'
import type { MutationScope } from './run-mutation.ts'

/** A mutation whose inputs can come in bulk. */
export interface Importable {
  readonly name: string
  readonly auth: Rule
  /** The objects it changes, the main one first: fields of its payload and their models. */
  readonly changes: Readonly<Record<string, Model>>
  /**
   * The work of one call, with an input that GraphQL has coerced. It reads and writes with the operations that batch.ts
   * knows, and checks everything before it writes. Throws a Refusal.
   */
  run(input: unknown, scope: MutationScope): Promise<Outcome>
}

/** Filled by the definitions of mutations. */
export const importables = new Map<string, Importable>()
