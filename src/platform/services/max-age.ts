type Headers = Readonly<Record<string, string | string[] | undefined>>

/** A longer one would keep what the service itself has forgotten. */
const longestMs = 86_400_000

/**
 * How long a shared cache may keep the response, in milliseconds: RFC 9111, section 4.2.1. 0 where its headers do not
 * say so plainly.
 */
export function maxAgeMs(headers: Headers): number {
  const directives = new Map(textOf(headers['cache-control']).toLowerCase().split(',').map(directive))
  if (['no-store', 'no-cache', 'private'].some((name) => directives.has(name))) return 0
  // RFC 9110, section 12.5.5: more than the headers of the request decides the response.
  if (textOf(headers.vary).includes('*')) return 0
  const seconds = directives.get('s-maxage') ?? directives.get('max-age') ?? ''
  if (!/^\d{1,10}$/.test(seconds)) return 0
  const age = textOf(headers.age)
  const left = Number(seconds) - (/^\d{1,10}$/.test(age) ? Number(age) : 0)
  return Math.min(Math.max(0, left * 1000), longestMs)
}

function directive(text: string): [name: string, value: string] {
  const [name = '', value = ''] = text.trim().split('=')
  return [name, value.replaceAll('"', '')]
}

function textOf(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join() : (value ?? '')
}
