import type { GraphQLResolveInfo } from 'graphql'
import { type AuditAction, type AuditEntry, auditEntries, idsNamed } from '../audit/audit-entry.ts'
import type { Context } from '../context.ts'
import type { Model } from '../database/data-model.ts'
import { codeOf, isHidden, publicError } from '../errors.ts'
import { requestScope } from '../execution/request-scope.ts'
import { encodeId } from '../graphql/ids.ts'
import type { Outcome } from './idempotency.ts'
import { Refusal } from './user-errors.ts'

interface Mutation {
  name: string
  /** Models by the fields of the payload, what it is about first. */
  changes: Readonly<Record<string, Model>>
}

const denials = new Set(['UNAUTHENTICATED', 'FORBIDDEN'])

/** What the trail is told of one call of a mutation: of a deed in the deed's own transaction, of all else afterwards. */
export class MutationRecord {
  readonly #mutation: Mutation
  readonly #input: unknown
  readonly #context: Pick<Context, 'requestId' | 'viewer'>
  readonly #info: GraphQLResolveInfo

  constructor(
    mutation: Mutation,
    input: unknown,
    context: Pick<Context, 'requestId' | 'viewer'>,
    info: GraphQLResolveInfo,
  ) {
    this.#mutation = mutation
    this.#input = input
    this.#context = context
    this.#info = info
  }

  /** To be written by the transaction that did it. */
  done(outcome: Outcome): AuditEntry[] {
    const { requestId, viewer } = this.#context
    const operation = this.#info.operation.name?.value
    return auditEntries({ requestId, viewer, operation }, this.#deed('DONE', [], outcome))
  }

  replayed(outcome: Outcome): void {
    this.#note(this.#deed('REPLAYED', [], outcome))
  }

  /** Whatever ended it: what the caller can mend, a denial, or a fault of ours. */
  ended(error: unknown): void {
    if (error instanceof Refusal) {
      const codes = error.userErrors.map(({ code }) => code)
      this.#note(this.#deed('REFUSED', codes, error.current))
      return
    }
    const code = codeOf(publicError(error)) ?? 'INTERNAL_SERVER_ERROR'
    const outcome = denials.has(code) ? 'DENIED' : isHidden(code) ? 'FAILED' : 'REFUSED'
    this.#note(this.#deed(outcome, [code]))
  }

  #deed(outcome: AuditAction['outcome'], codes: string[], ids: Outcome = {}): AuditAction {
    const { name, changes } = this.#mutation
    const changed = Object.entries(changes).flatMap(([field, model]) => {
      const id = ids[field]
      return id ? [encodeId(model, id)] : []
    })
    const [subjectType] = Object.values(changes)
    const subjectIds = new Set([...changed, ...idsNamed(this.#input)])
    return { action: name, outcome, subjectType, subjectIds, codes }
  }

  #note(deed: AuditAction): void {
    requestScope.getStore()?.notes.mutation(deed)
  }
}
