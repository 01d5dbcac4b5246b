import type { IncomingMessage, ServerResponse } from 'node:http'
import { sendBody } from '../http/whole-body.ts'

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
  return isRead(method) && headers.accept?.includes('text/html') === true
}

/** A HEAD is answered as the GET would be, without a body. */
export function isRead(method: string | undefined): boolean {
  return method === 'GET' || method === 'HEAD'
}

export function sendPage(response: ServerResponse, page: string | Buffer, policy: string, status = 200): undefined {
  response.statusCode = status
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.setHeader('content-security-policy', policy)
  sendBody(response, page)
}
