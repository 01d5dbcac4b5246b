import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ConfigError } from '../config/config.ts'

/** Throws a ConfigError that names the setting where the port is taken. */
export function listen(server: Server, host: string, { name, port }: { name: string; port: number }): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return fail(error)
      fail(
        new ConfigError(
          `Port ${port} on ${host} is taken by another process; stop that one, or set ${name} to a free one.`,
        ),
      )
    })
    server.listen(port, host, done)
  })
}

/** Throws the same ConfigError before anything else is started. */
export async function requireFree(host: string, setting: { name: string; port: number }): Promise<void> {
  if (setting.port === 0) return
  const probe = createServer()
  await listen(probe, host, setting)
  await close(probe, 0)
}

/** The origin of a listening server: `http://127.0.0.1:4000` */
export function urlOf(server: Server, host: string): string {
  const address: AddressInfo | string | null = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return originOf(host, port)
}

/**
 * The origin of a host and port.
 * @public
 */
export function originOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Stops accepting connections, closes idle ones, and cuts off requests in flight after this time. */
export function close(server: Server, withinMs: number): Promise<void> {
  return new Promise((done) => {
    const cutOff = setTimeout(() => server.closeAllConnections(), withinMs)
    server.close(() => {
      clearTimeout(cutOff)
      done()
    })
    server.closeIdleConnections()
  })
}
