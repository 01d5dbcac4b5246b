/** The required settings of a server in production. The database is each world's own. */
export const production = {
  NODE_ENV: 'production',
  HOST: '127.0.0.1',
  DATABASE_URL: 'postgresql://unused',
  AUTH_JWKS_URL: 'http://127.0.0.1:9/jwks',
  AUTH_ISSUER: 'i',
  AUTH_AUDIENCE: 'a',
  CURSOR_SECRET: 'a secret of at least 32 characters',
  // No balancer waits for a notice.
  DRAIN_DELAY_MS: '0',
}
