import { randomBytes } from 'node:crypto'

/** What an answer tells browsers and caches, whatever it answers. An answer is data: nothing in it is to be run. */
const always: Readonly<Record<string, string>> = {
  'content-security-policy': policyOf([]),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // Pages of other origins read answers by CORS alone, and embed none.
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  // The query string of a GET holds a document and its variables.
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), usb=()',
  // Answers depend on who asks, or are errors; what may be cached says so itself.
  'cache-control': 'no-store',
}

/** One year. Subdomains are not ours to decide about. */
const hsts = { 'strict-transport-security': 'max-age=31536000' }

/** For every answer, also those to what is no HTTP. */
export function securityHeaders(https: boolean): Readonly<Record<string, string>> {
  return https ? { ...always, ...hsts } : always
}

/** For one rendering of a page whose own scripts carry the nonce, and whose editor needs more than that. */
export function editorPolicy(): { nonce: string; policy: string } {
  return pagePolicy((nonce) => [
    `script-src 'nonce-${nonce}'`,
    // The editor makes style elements and workers as it runs.
    "style-src 'unsafe-inline'",
    'worker-src blob:',
    'img-src data:',
    'font-src data:',
    "connect-src 'self'",
  ])
}

/**
 * For a site that is built beforehand: all it runs, shows and asks comes from here. Its files are the same for everybody
 * and may be kept, so they carry no nonce and have no script or style between their lines.
 */
export const sitePolicy = policyOf([
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
])

/** For one rendering of a page that runs nothing: all it has is the style that carries the nonce. */
export function plainPolicy(): { nonce: string; policy: string } {
  return pagePolicy((nonce) => [`style-src 'nonce-${nonce}'`, 'img-src data:'])
}

function pagePolicy(allowed: (nonce: string) => string[]): { nonce: string; policy: string } {
  const nonce = randomBytes(16).toString('base64')
  return { nonce, policy: policyOf(allowed(nonce)) }
}

/** Nothing but what is allowed here, and no form or frame whatever that is. */
function policyOf(allowed: readonly string[]): string {
  const framed = ["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"]
  return ["default-src 'none'", ...allowed, ...framed].join('; ')
}
