import type { NextConfig } from 'next'

// Next.js reads it after this file: nothing of the build is told to anyone.
process.env.NEXT_TELEMETRY_DISABLED ??= '1'

// No other site shows these pages in a frame, and their forms lead nowhere else. Scripts of Next.js stand in the page: a
// policy for those needs a nonce for each response (proxy.ts).
const policy = "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
const headers = [
  { key: 'content-security-policy', value: policy },
  { key: 'x-content-type-options', value: 'nosniff' },
]

const config: NextConfig = {
  poweredByHeader: false,
  typedRoutes: true,
  headers: async () => [{ source: '/:path*', headers }],
  // In development Next.js logs the arguments of server actions, and so the token of a sign-in.
  logging: { serverFunctions: false },
  // The folder above has a lock file too, and is no part of this app.
  turbopack: { root: import.meta.dirname },
}

export default config
