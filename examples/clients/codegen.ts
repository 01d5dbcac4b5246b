import type { CodegenConfig } from '@graphql-codegen/cli'

const config = {
  // The JSON types of scalars that GraphQL does not define. Strict, so that a new scalar fails the build.
  scalars: {
    ID: 'string',
    CountryCode: 'string',
    CurrencyCode: 'string',
    Date: 'string',
    DateTime: 'string',
    Decimal: 'string',
    EmailAddress: 'string',
    JSONObject: 'Record<string, unknown>',
    TimeZone: 'string',
  },
  strictScalars: true,
  useTypeImports: true,
  // Node runs the generated files as they are, and needs the file extension in imports.
  importExtension: '.ts' as const,
}
const presetConfig = { fragmentMasking: { unmaskFunctionName: 'readFragment' } }

const codegen: CodegenConfig = {
  // The contract of the endpoint that is called: `schema.storefront.graphql` of /storefront/graphql.
  schema: process.env.FRONTDOOR_SCHEMA ?? '../../schema.graphql',
  generates: {
    // Documents as text, for clients that only send them.
    './codegen/generated/': {
      preset: 'client',
      documents: 'codegen/*.ts',
      config: { ...config, documentMode: 'string' },
      presetConfig,
    },
    './persisted-get/generated/': {
      preset: 'client',
      documents: 'persisted-get/*.ts',
      config: { ...config, documentMode: 'string' },
      presetConfig: { ...presetConfig, persistedDocuments: { hashAlgorithm: 'sha256' } },
    },
    // Documents as syntax trees, for clients that read them, as a cache does.
    './apollo/generated/': { preset: 'client', documents: 'apollo/*.ts', config, presetConfig },
    './graphql-request/generated/': { preset: 'client', documents: 'graphql-request/*.ts', config, presetConfig },
    './urql/generated/': { preset: 'client', documents: 'urql/*.ts', config, presetConfig },
  },
}

export default codegen
