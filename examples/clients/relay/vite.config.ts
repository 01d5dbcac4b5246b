import { defineConfig } from 'vite'
import relay from 'vite-plugin-relay'

export default defineConfig({
  // Replaces graphql`…` by the compiler's artefacts.
  plugins: [relay],
  build: { ssr: true, rollupOptions: { input: ['relay/main.tsx', 'relay/live.ts'] }, outDir: 'relay/dist' },
  ssr: { noExternal: [/relay/] },
})
