const loopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/

/**
 * Whether a `Host` header names this machine itself, on any port. Any other name may resolve to it by DNS rebinding: a
 * page of that name could read the response, so it must contain no tokens.
 */
export function isLoopbackHost(host: string | undefined): boolean {
  // As browsers parse it: they accept 127.1 too.
  const { hostname } = URL.parse(`http://${host}`) ?? {}
  return host !== undefined && hostname !== undefined && loopback.test(hostname)
}
