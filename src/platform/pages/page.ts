import type { IncomingMessage, ServerResponse } from 'node:http'

export interface DemoViewer {
  name: string
  label: string
  /** As the claims of the token say it. */
  kind: string
  token: string
}

/** `withheld` where the page was opened under a name that may resolve here by DNS rebinding. */
export type DemoViewers = readonly DemoViewer[] | 'withheld'

export interface PageLink {
  href: string
  name: string
}

export function isForPeople({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true
}

export function sendPage(response: ServerResponse, page: string | Buffer, policy: string, status = 200): undefined {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy })
  response.end(page)
}

/** Escapes text, and values of quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
