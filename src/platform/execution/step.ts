import type { DocumentNode, GraphQLError } from 'graphql'
import type { GraphQLParams, Plugin } from 'graphql-yoga'
import type { Viewer } from '../auth/viewer.ts'
import type { Context, Lines } from '../context.ts'
import type { ExchangeRequest } from '../http/exchange.ts'
import type { CompiledOperation } from './compiled/compile-operation.ts'
import type { RequestScope } from './request-scope.ts'

/**
 * One step of an endpoint's pipeline. Both parts are required, so a step that forgets a route does not compile. A step
 * that has nothing to do on a route says why.
 */
export interface Step {
  readonly name: string
  /** What the step does, in one sentence: docs/execution.md shows it. */
  readonly about: string
  /** Its part on the general route: Yoga plugins, whose hooks run in the order of the pipeline. */
  readonly general: readonly Plugin<Context>[] | Absent
  readonly fast: FastPart | Absent
}

export interface Absent {
  /** Why the step has no part on this route. */
  readonly absent: string
}

/** The request leaves the fast path: the general route takes all steps again. */
export type HandOver = 'hand over'

type Verdict = HandOver | GraphQLError | undefined

/** Hooks of a step on the fast path, each called in the order of the pipeline. */
export interface FastPart {
  /** Before the document is looked up. */
  onRequest?(request: FastRequest): HandOver | undefined
  /** Before the execution. With an error the operation is refused, and no later step is taken. */
  onOperation?(operation: FastOperation): Verdict | Promise<Verdict>
  /** After a refusal. */
  onRefusal?(operation: FastOperation, error: GraphQLError): void
  /** After the execution, which had no errors. */
  onResponse?(operation: FastOperation, response: FastResponse): void
  /** A later step or the execution has handed the request over: undoes what `onOperation` did. */
  onHandOver?(operation: FastOperation): void
}

export interface FastRequest {
  readonly request: ExchangeRequest
  readonly scope: RequestScope
  parameters: GraphQLParams | undefined
}

/** A known operation, with everything the steps need to decide on it. */
export interface FastOperation {
  readonly request: ExchangeRequest
  readonly scope: RequestScope
  /** The text of the document. */
  readonly text: string
  readonly document: DocumentNode
  readonly compiled: CompiledOperation
  /** The variables as they were sent. */
  readonly given: Record<string, unknown>
  /** The variables coerced, with defaults. */
  readonly variables: Record<string, unknown>
  viewer: Viewer
  /** The data of the response as JSON, where a step provides it: then nothing is executed. */
  json: string | undefined
}

/** A response without errors. */
export interface FastResponse {
  readonly data: Record<string, unknown>
  /** The data as JSON, where it exists already. */
  json: string | undefined
  extensions: Record<string, unknown> | undefined
  /** What the cache keeps of it: the same object for the same data. */
  cached?: object
  /** The page of an export, where it is not in the data. */
  lines?: Lines
}

export function isAbsent(part: Step['general'] | Step['fast']): part is Absent {
  return 'absent' in part
}
