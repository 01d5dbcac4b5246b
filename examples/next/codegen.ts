import type { CodegenConfig } from '@graphql-codegen/cli'

const config: CodegenConfig = {
  schema: '../../schema.graphql',
  documents: 'app/**/*.{ts,tsx}',
  silent: true,
  generates: {
    'gql/': {
      preset: 'client',
      presetConfig: {
        fragmentMasking: false,
        // The build has the ids of the documents only; their text goes into the manifest, persisted-documents.json.
        persistedDocuments: { hashAlgorithm: 'sha256', mode: 'replaceDocumentWithHash' },
      },
      config: {
        documentMode: 'string',
        useTypeImports: true,
        enumsAsTypes: true,
        importExtension: '.ts',
        strictScalars: true,
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
      },
    },
  },
}

export default config
