/** Where the API is: the one that `npm start` runs, unless it is said. */
export const endpoint = `${process.env.FRONTDOOR_URL ?? 'http://127.0.0.1:4000'}/graphql`

/** What every request carries: who calls, and which program of which version it is. */
export function headersOf(client: string): Record<string, string> {
  const token = process.env.FRONTDOOR_TOKEN
  return {
    ...(token && { authorization: `Bearer ${token}` }),
    'graphql-client-name': client,
    'graphql-client-version': '1.0.0',
  }
}
