import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql'
import { CompiledDocument } from './compiled/compiled-document.ts'
import { DocumentCache } from './document-cache.ts'
import type { RequestScope } from './request-scope.ts'

/** Documents that have passed every check of the general route once, so that the fast path may execute them. */
export class KnownDocuments {
  readonly #schema: GraphQLSchema
  readonly #documents = new DocumentCache<CompiledDocument>()
  /** Results with errors of operations that the fast path executed and handed over. */
  readonly #executed = new WeakMap<RequestScope, ExecutionResult>()

  constructor(schema: GraphQLSchema) {
    this.#schema = schema
  }

  find(text: string): CompiledDocument | undefined {
    return this.#documents.get(text)
  }

  learn(text: string, document: DocumentNode): void {
    if (!this.#documents.get(text)) this.#documents.set(text, new CompiledDocument(this.#schema, document))
  }

  /** The general route formats errors, so it gets the result instead of executing the operation again. */
  handOver(scope: RequestScope, result: ExecutionResult): void {
    this.#executed.set(scope, result)
  }

  executed(scope: RequestScope): ExecutionResult | undefined {
    return this.#executed.get(scope)
  }
}
