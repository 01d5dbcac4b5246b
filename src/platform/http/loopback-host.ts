const loopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/

/**
 * Whether a `Host` header names this machine to itself, on any port. Another name may have been made to resolve to it
 * (DNS rebinding): a page of that name then reads our answers, and so must be given nothing that opens doors.
 */
export function isLoopbackHost(host: string | undefined): boolean {
  // As browsers read it, who know 127.1 too.
  const { hostname } = URL.parse(`http://${host}`) ?? {}
  return host !== undefined && hostname !== undefined && loopback.test(hostname)
}
