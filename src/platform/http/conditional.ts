import type { IncomingMessage, ServerResponse } from 'node:http'

/** Whether the client already has this response (RFC 9110, section 13.1.2: tags are compared weakly). */
export function isUnchanged({ headers }: IncomingMessage, response: ServerResponse): boolean {
  const tag = response.getHeader('etag')
  const known = headers['if-none-match']
  if (typeof tag !== 'string' || known === undefined) return false
  return known.split(',').some((each) => each.trim() === '*' || opaque(each.trim()) === opaque(tag))
}

function opaque(tag: string): string {
  return tag.replace(/^W\//, '')
}

/** 304: the headers that are set, and no body. */
export function sendUnchanged(response: ServerResponse): void {
  response.writeHead(304).end()
}
