import type { NextConfig } from 'next'

// Next.js reads it after this file: nothing of the build is told to anyone.
process.env.NEXT_TELEMETRY_DISABLED ??= '1'

const config: NextConfig = {
  poweredByHeader: false,
  typedRoutes: true,
  // The folder above has a lock file too, and is no part of this app.
  turbopack: { root: import.meta.dirname },
}

export default config
