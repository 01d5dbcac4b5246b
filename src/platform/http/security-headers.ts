import { randomBytes } from 'node:crypto'

/** Headers for browsers and caches on every response. A response is data, so nothing in it may run. */
const always = {
  'content-security-policy': policyOf([]),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // Pages of other origins read responses through CORS only, and embed none.
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  // The query string of a GET has a document and its variables.
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), usb=()',
  // Most responses depend on the viewer or are errors. Cacheable ones set this header themselves.
  'cache-control': 'no-store',
}

/** One year. Subdomains are the operator's decision. */
const overHttps = { ...always, 'strict-transport-security': 'max-age=31536000' }

const entries = { http: Object.entries(always), https: Object.entries(overHttps) }

/** For every response, also to bytes that are no HTTP. */
export function securityHeaders(https: boolean): Readonly<Record<string, string>> {
  return https ? overHttps : always
}

/** The same as pairs, made once. */
export function securityHeaderEntries(https: boolean): readonly (readonly [string, string])[] {
  return https ? entries.https : entries.http
}

/** For one rendering of the editor's page: its scripts carry the nonce, and GraphiQL needs some more permissions. */
export function editorPolicy(): { nonce: string; policy: string } {
  return pagePolicy((nonce) => [
    `script-src 'nonce-${nonce}'`,
    // The editor creates style elements and workers at run time.
    "style-src 'unsafe-inline'",
    'worker-src blob:',
    'img-src data:',
    'font-src data:',
    "connect-src 'self'",
  ])
}

/**
 * For a built site: everything it runs, shows and requests comes from this origin. Its files are the same for everyone
 * and cacheable, so they have no nonce and no inline script or style.
 */
export const sitePolicy = policyOf([
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
])

/** For one rendering of a page without scripts: only its style carries the nonce. */
export function plainPolicy(): { nonce: string; policy: string } {
  return pagePolicy((nonce) => [`style-src 'nonce-${nonce}'`, 'img-src data:'])
}

function pagePolicy(allowed: (nonce: string) => string[]): { nonce: string; policy: string } {
  const nonce = randomBytes(16).toString('base64')
  return { nonce, policy: policyOf(allowed(nonce)) }
}

/** Allows only these sources, and no form or frame. */
function policyOf(allowed: readonly string[]): string {
  const framed = ["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"]
  return ["default-src 'none'", ...allowed, ...framed].join('; ')
}
