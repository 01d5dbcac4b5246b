import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { trustedDocuments } from './trusted-documents.ts'

/** Where the API of the development server is. */
const api = process.env.API_URL ?? 'http://127.0.0.1:4000'
/** To the API the pages come from its own origin, as they do once they are built. */
const sameOrigin = { target: api, changeOrigin: true, headers: { origin: api } }

export default defineConfig({
  base: '/shop/',
  plugins: [react(), trustedDocuments('src/gql/persisted-documents.json', 'dist/trusted-documents.json')],
  // Nothing is put into the page itself: the content security policy lets it load files of its own origin only.
  // Most of the script are the documents, which shrink to a fifth on the way.
  build: { outDir: 'dist/site', emptyOutDir: true, assetsInlineLimit: 0, chunkSizeWarningLimit: 700 },
  server: { proxy: { '/graphql': sameOrigin, '/demo-viewers': sameOrigin } },
})
