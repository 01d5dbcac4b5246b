/** `fetch` of one viewer: a read after a mutation shows what the mutation wrote. */
export function consistentFetch(): typeof fetch {
  let token: string | undefined
  return async (url, init) => {
    const headers = new Headers(init?.headers)
    if (token !== undefined) headers.set('x-consistency-token', token)
    const response = await fetch(url, { ...init, headers })
    token = response.headers.get('x-consistency-token') ?? token
    return response
  }
}
