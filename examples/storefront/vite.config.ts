import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { trustedDocuments } from './trusted-documents.ts'

/** Where the development server finds the API. */
const api = process.env.API_URL ?? 'http://127.0.0.1:4000'
/** The API sees the pages' requests as coming from its own origin, as with a built site. */
const sameOrigin = { target: api, changeOrigin: true, headers: { origin: api } }

export default defineConfig({
  base: '/shop/',
  plugins: [react(), trustedDocuments('src/gql/persisted-documents.json', 'dist/trusted-documents.json')],
  // Nothing is inlined into the page: the content security policy allows files of its own origin only. Most of the
  // script is documents, which compress to a fifth.
  build: { outDir: 'dist/site', emptyOutDir: true, assetsInlineLimit: 0, chunkSizeWarningLimit: 700 },
  server: {
    proxy: {
      '/graphql': sameOrigin,
      '/storefront/graphql': sameOrigin,
      '/bulk/exports': sameOrigin,
      '/demo-viewers': sameOrigin,
    },
  },
})
