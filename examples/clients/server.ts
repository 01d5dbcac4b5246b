/** The URL of the API, by default that of `npm start`. The path of an audience is `/storefront/graphql`. */
export const endpoint = `${process.env.FRONTDOOR_URL ?? 'http://127.0.0.1:4000'}${process.env.FRONTDOOR_PATH ?? '/graphql'}`

/** The headers of every request: the credential, and the program with its version. */
export function headersOf(client: string): Record<string, string> {
  const token = process.env.FRONTDOOR_TOKEN
  return {
    ...(token && { authorization: `Bearer ${token}` }),
    'graphql-client-name': client,
    'graphql-client-version': '1.0.0',
  }
}
