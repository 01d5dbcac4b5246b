import type { NextConfig } from 'next'

const config: NextConfig = {
  poweredByHeader: false,
  typedRoutes: true,
  // The folder above has a lock file too, and is no part of this app.
  turbopack: { root: import.meta.dirname },
  // TypeScript 7 has no API in JavaScript, which `next build` calls otherwise.
  experimental: { useTypeScriptCli: true },
}

export default config
