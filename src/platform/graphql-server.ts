import { type GraphQLSchema, NoSchemaIntrospectionCustomRule } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import type { Authenticator } from './auth/authenticate.ts'
import { policedClient } from './auth/row-policy.ts'
import type { Viewer } from './auth/viewer.ts'
import type { Config } from './config.ts'
import type { Context } from './context.ts'
import type { CursorCodec } from './cursor.ts'
import type { Database } from './database/client.ts'
import type { Domain } from './domain.ts'
import { type DemoViewer, graphiqlPage } from './graphiql/graphiql.ts'
import { useGraphQLParams } from './http/use-graphql-params.ts'
import { useOperationChoice } from './http/use-operation-choice.ts'
import { useRequestStatus } from './http/use-request-status.ts'
import { DocumentCache } from './limits/document-cache.ts'
import { useDocumentLimits, useNoSuggestions, useParserDepth } from './limits/document-limits.ts'
import { useTextSafety } from './limits/text-safety.ts'
import { useQueryCost } from './limits/use-query-cost.ts'
import { useVariableFaults } from './limits/use-variable-faults.ts'
import { Loaders } from './loader.ts'
import type { Log } from './observability/log.ts'
import type { Metrics } from './observability/metrics.ts'
import { errorMask, useErrorCatalogue } from './observability/use-error-catalogue.ts'
import { useOperationLog } from './observability/use-operation-log.ts'
import { requestScope } from './request-scope.ts'

/** What one endpoint is made of. Nothing is a singleton: a process may serve several, each with limits of its own. */
export interface GraphQLServerParts {
  config: Config
  schema: GraphQLSchema
  domain: Domain
  database: Database
  authenticator: Authenticator
  cursors: CursorCodec
  log: Log
  metrics: Metrics
  /** What a viewer reads through, in the place of the policed client: only for benchmarks to leave it out. */
  readsFor?: (database: Database, viewer: Viewer) => Context['db']
  /** Shown in GraphiQL; development only. */
  demoViewers?: () => Promise<readonly DemoViewer[]>
}

export const graphqlPath = '/graphql'

export function createGraphQLServer(parts: GraphQLServerParts) {
  const { config, schema, domain, log } = parts
  const mask = errorMask(log)
  return createYoga<object, Context>({
    schema,
    graphqlEndpoint: graphqlPath,
    context: contextOf(parts),
    maskedErrors: { maskError: mask },
    parserAndValidationCache: { documentCache: new DocumentCache(), errorCache: new DocumentCache() },
    // In the order a request meets them.
    plugins: [
      // The request becomes a document and variables.
      useGraphQLParams(),
      useTextSafety(),
      // What the document may be.
      useOperationChoice(),
      useDocumentLimits(config.limits),
      useParserDepth(),
      useNoSuggestions(),
      !config.introspection && useNoIntrospection(),
      useVariableFaults(),
      // What it may cost, now that variables have values.
      useQueryCost(config.limits.cost),
      // What became of it.
      useErrorCatalogue(mask),
      useOperationLog(log),
      useRequestStatus(),
    ],
    graphiql: config.graphiql && {
      title: 'Frontdoor',
      defaultTabs: domain.exampleOperations.map(({ title, query }) => ({ query: `# ${title}\n${query}` })),
      shouldPersistHeaders: false,
    },
    renderGraphiQL: async (options) => graphiqlPage(options ?? {}, (await parts.demoViewers?.()) ?? []),
    // The HTTP front has answered everything else, and has refused what is too large or not JSON.
    landingPage: false,
    maxRequestBodySize: false,
    batching: false,
    multipart: false,
    logging: false,
    cors: false,
  })
}

function contextOf({ domain, database, authenticator, cursors, readsFor = policedFor(domain) }: GraphQLServerParts) {
  const clients = new WeakMap<object, Context['db']>()
  return async ({ request }: { request: Request }): Promise<Context> => {
    const scope = requestScope.getStore()
    const viewer = await authenticator.viewer(request.headers.get('authorization'))
    if (scope) scope.viewerKind = viewer.kind
    // A viewer lives as long as their token is remembered, and so does the client that reads for them.
    const db = clients.get(viewer) ?? readsFor(database, viewer)
    clients.set(viewer, db)
    return {
      requestId: scope?.requestId ?? '',
      viewer,
      idempotencyKey: request.headers.get('idempotency-key') ?? undefined,
      db,
      transactions: database.transactions,
      cursors,
      loaders: new Loaders({ db, viewer }),
    }
  }
}

function policedFor({ rowPolicies }: Domain): NonNullable<GraphQLServerParts['readsFor']> {
  return (database, viewer) => policedClient(database.client, rowPolicies, viewer)
}

function useNoIntrospection(): Plugin {
  return {
    onValidate({ addValidationRule }) {
      addValidationRule(NoSchemaIntrospectionCustomRule)
    },
  }
}
