import { defineConfig } from 'vite'
import relay from 'vite-plugin-relay'

export default defineConfig({
  // Puts the compiler's artefacts in the place of graphql`…`.
  plugins: [relay],
  build: { ssr: 'relay/main.tsx', outDir: 'relay/dist' },
  ssr: { noExternal: [/relay/] },
})
