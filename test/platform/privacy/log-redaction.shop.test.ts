import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { logRedaction } from '../../../src/platform/privacy/log-redaction.ts'

const secret = 'the secret of the cursors, 32 characters'
const line = z.object({ err: z.unknown() })

function logged(fields: object, message = 'failed'): string {
  const lines: string[] = []
  const log = pino(
    { ...logRedaction((text) => text, [secret, '']) },
    { write: (text: string) => void lines.push(text) },
  )
  log.error(fields, message)
  const [text = ''] = lines
  expect(() => JSON.parse(text)).not.toThrow()
  return text
}

const errOf = (err: unknown) => line.parse(JSON.parse(logged({ err }))).err

class DatabaseError extends Error {}

describe('an error in the log', () => {
  it('has type, message, code, stack and causes, and no property that a driver adds', () => {
    const cause = Object.assign(new DatabaseError('cut off'), { code: '57P01', detail: 'row', where: 'w' })
    const error = Object.assign(new Error('failed', { cause }), {
      ...{ code: 'P2010', meta: { values: ['row'] }, parameters: ['row'], detail: 'row', clientVersion: 'row' },
    })
    expect(errOf(error)).toEqual({
      ...{ type: 'Error', message: 'failed', code: 'P2010', stack: error.stack },
      cause: { type: 'DatabaseError', message: 'cut off', code: '57P01', stack: cause.stack },
    })
    expect(logged({ err: error })).not.toContain('row')
  })

  it('may have a plain object as its cause, as the driver’s adapter reports', () => {
    const cause = { kind: 'postgres', originalCode: '57P01', originalMessage: 'cut off', detail: 'row' }
    expect(errOf(new Error('failed', { cause }))).toMatchObject({
      cause: { type: 'object', message: 'cut off', code: '57P01' },
    })
  })

  it('may be a value that is no error', () => {
    expect(errOf('thrown')).toEqual({ type: 'string', message: 'thrown' })
  })

  it('with itself as its cause is logged a bounded number of times', () => {
    const error = new Error('again')
    error.cause = error
    expect(logged({ err: error }).match(/"message":"again"/g)).toHaveLength(6)
  })

  it.each([
    ['Failing row contains (1, Maria\nAnders, (a), b).', 'Failing row contains ([redacted])'],
    ['Key (email_addr)=(maria@x.org) already exists.', 'Key (email_addr)=([redacted]) already exists.'],
    [
      'Key (a, b)=(1, maria@x.org) is not present in table "t".',
      'Key (a, b)=([redacted]) is not present in table "t".',
    ],
  ])('has no row: %s', (message, expected) => {
    expect(errOf(new Error(message))).toMatchObject({ message: expected })
    expect(logged({ err: new Error(message) })).not.toMatch(/maria/i)
  })
})

describe('a secret is in no line', () => {
  const token = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl'

  it.each([
    ['a token', token, 'c2lnbmF0dXJl'],
    ['an API key', 'fdk_0123456789abcdefABCDEF', '0123456789abcdef'],
    ['an Authorization header', 'Authorization: Bearer abc.def', 'abc.def'],
    ['another Authorization header', 'authorization: basic dXNlcjpwYXNz', 'dXNlcjpwYXNz'],
    ['a connection string', 'at postgresql://me:p4ssw0rd@host/db?x', 'p4ssw0rd'],
    ['a secret of the settings', `with ${secret}`, secret],
  ])('in any position: %s', (_what, text, part) => {
    for (const written of [logged({}, text), logged({ at: { depth: [text] } }), logged({ err: new Error(text) })]) {
      expect(written).toContain('[redacted]')
      expect(written).not.toContain(part)
    }
  })

  it.each(['authorization', 'cookie', 'password', 'secret', 'token'])('in a field named %s', (name) => {
    const written = logged({ headers: { [name]: 'a "quoted" word' }, after: 1 })
    expect(written).toContain(`"${name}":"[redacted]"`)
    expect(written).toContain('"after":1')
  })

  it('and other text stays', () => {
    const text = 'see https://example.org:8080/a@b, an eye, a bearer, order_01h455vb4pex5vsknk084sn02q'
    expect(logged({}, text)).toContain(text)
  })
})
