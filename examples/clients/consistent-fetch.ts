/** What this client has seen. A server that serves several users keeps one for each. */
let token: string | undefined

/** `fetch` for a GraphQL library: a read after a mutation shows what the mutation wrote. */
export const consistentFetch: typeof fetch = async (url, init) => {
  const headers = new Headers(init?.headers)
  if (token) headers.set('x-consistency-token', token)
  const response = await fetch(url, { ...init, headers })
  token = response.headers.get('x-consistency-token') ?? token
  return response
}
