import type { GraphQLResolveInfo } from 'graphql'
import { type AuditEntry, auditEntries } from '../audit/audit-entry.ts'
import type { AuditAction, Context } from '../context.ts'
import type { Model } from '../database/data-model.ts'
import { codeOf, errorCatalogue, publicError } from '../errors.ts'
import { encodeId } from '../graphql/ids.ts'
import { idsNamedIn } from '../graphql/named-ids.ts'
import { type Outcome, outcomeOf } from './idempotency.ts'
import { Refusal } from './user-errors.ts'

interface Mutation {
  name: string
  /** Models by the fields of the payload, the main one first. */
  changes: Readonly<Record<string, Model>>
}

const denials = new Set(['UNAUTHENTICATED', 'FORBIDDEN'])

/** What the audit trail learns of one mutation: a success in the mutation's own transaction, all else afterwards. */
export class MutationRecord {
  readonly #mutation: Mutation
  readonly #input: unknown
  readonly #context: Pick<Context, 'requestId' | 'viewer' | 'audit'>
  readonly #info: GraphQLResolveInfo

  constructor(
    mutation: Mutation,
    input: unknown,
    context: Pick<Context, 'requestId' | 'viewer' | 'audit'>,
    info: GraphQLResolveInfo,
  ) {
    this.#mutation = mutation
    this.#input = input
    this.#context = context
    this.#info = info
  }

  /** The entries that the mutation's own transaction writes. */
  done(outcome: Outcome): AuditEntry[] {
    const { requestId, viewer } = this.#context
    const operation = this.#info.operation.name?.value
    return auditEntries({ requestId, viewer, operation }, this.#action('DONE', [], outcome))
  }

  replayed(outcome: Outcome): void {
    this.#context.audit.mutation(this.#action('REPLAYED', [], outcome))
  }

  /** Records the error that ended the mutation: user errors, a denial, or a failure of the service. */
  failed(error: unknown): void {
    const { audit } = this.#context
    if (error instanceof Refusal) {
      const codes = error.userErrors.map(({ code }) => code)
      audit.mutation(this.#action('REFUSED', codes, outcomeOf(this.#mutation.changes, error.current)))
      return
    }
    const code = codeOf(publicError(error)) ?? 'INTERNAL_SERVER_ERROR'
    const outcome = denials.has(code) ? 'DENIED' : errorCatalogue[code].status >= 500 ? 'FAILED' : 'REFUSED'
    audit.mutation(this.#action(outcome, [code]))
  }

  #action(outcome: AuditAction['outcome'], codes: string[], keys: Outcome = {}): AuditAction {
    const { name, changes } = this.#mutation
    const changed = Object.entries(changes).flatMap(([field, model]) => {
      const key = keys[field]
      return key == null ? [] : [encodeId(model, key)]
    })
    const [subjectType] = Object.values(changes)
    const subjectIds = new Set([...changed, ...idsNamedIn(this.#input)])
    return { action: name, outcome, subjectType, subjectIds, codes }
  }
}
