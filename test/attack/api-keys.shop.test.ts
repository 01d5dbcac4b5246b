import { randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newSecret } from '../../src/platform/api-keys/secret.ts'
import { newKey } from '../platform/support/api-key.shop.ts'
import { revokeKey } from '../platform/support/api-key.ts'
import { messages, outcome, post } from '../platform/support/call.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let secret: string
beforeAll(async () => {
  world = await createWorld({ data: 'empty' })
  secret = (await newKey(world, { name: 'Stolen' })).secret
  expect(outcome(await send(secret))).toBe('200')
})
afterAll(() => world.close())

const query =
  '{ viewer { kind } products(first: 1) { edges { node { name } } } orders(first: 1) { edges { node { number } } } }'
const send = (credential: string, scheme = 'Bearer') =>
  post(world.url, { query }, { authorization: `${scheme} ${credential}` })

/** Refused with this many statements, and a message that reveals no reason. */
async function expectRefused(credential: string, statements: number, scheme?: string): Promise<void> {
  const before = world.statements.length
  const reply = await send(credential, scheme)
  expect(outcome(reply)).toBe('401 UNAUTHENTICATED')
  expect(reply.text).not.toContain('"data"')
  // The last use of a key is written beside the requests.
  const looked = world.statements.slice(before).filter(({ sql }) => !/^\s*(?:update|commit)\b/.test(sql))
  expect(looked.length).toBe(statements)
  expect(messages(reply)[0]).toMatch(
    /^(?:The API key is not valid\.|This is neither a JWT nor an API key\.|The Authorization header must be "Bearer <token>"\.)$/,
  )
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const randomText = (length: number) => Array.from({ length }, () => alphabet[randomInt(62)]).join('')

describe('an API key', () => {
  it('that is guessed with a wrong checksum costs no statement', async () => {
    for (let guess = 0; guess < 50; guess++) await expectRefused(`fdk_${randomText(36)}`, 0)
  })

  it('that is guessed with the right checksum costs one statement, and gets the same error', async () => {
    for (let guess = 0; guess < 20; guess++) await expectRefused(newSecret(), 1)
  })

  it('with any character changed costs no statement', async () => {
    for (let at = 4; at < secret.length; at++) {
      const wrong = secret[at] === 'x' ? 'y' : 'x'
      await expectRefused(`${secret.slice(0, at)}${wrong}${secret.slice(at + 1)}`, 0)
    }
  })

  it('that is cut short, too long or in another case costs no statement', async () => {
    const others = [
      secret.slice(0, -1),
      secret.slice(0, 34),
      'fdk_',
      `${secret}0`,
      `${secret}${secret}`,
      secret.toLowerCase(),
    ]
    for (const other of [
      ...others,
      secret.toUpperCase(),
      secret.slice(4),
      `FDK_${secret.slice(4)}`,
      secret.replace('_', '-'),
    ]) {
      await expectRefused(other, 0)
    }
    for (const other of [`${secret} x`, `"${secret}"`, `${secret},${secret}`, `x:${secret}`])
      await expectRefused(other, 0)
  })

  it('with invalid characters costs no statement, even with the right checksum', async () => {
    for (const random of [
      "' or true --".padEnd(30, '0'),
      '%'.repeat(30),
      '_'.repeat(30),
      '.'.repeat(30),
      '-'.repeat(30),
    ]) {
      await expectRefused(`fdk_${random}${checksumOf(random)}`, 0)
    }
  })

  it('cannot be replaced by the stored hash', async () => {
    const { secretHash } = await world.client.apiKey.findFirstOrThrow({ where: { name: 'Stolen' } })
    const hash = Buffer.from(secretHash)
    for (const leaked of [
      hash.toString('hex'),
      hash.toString('base64url'),
      `fdk_${hash.toString('hex').slice(0, 36)}`,
    ]) {
      await expectRefused(leaked, 0)
    }
  })

  it.each(['Basic', 'Token', 'ApiKey', 'Digest'])('is not accepted after "%s"', async (scheme) => {
    await expectRefused(secret, 0, scheme)
  })

  it('that was revoked gets the same error as one that never existed, at every try', async () => {
    const revoked = await newKey(world)
    await world.as('admin').query(revokeKey, { id: revoked.id })
    await expectRefused(revoked.secret, 1)
    for (let round = 0; round < 10; round++) await expectRefused(revoked.secret, 0)
  })
})

/** Makes a secret as the server does, with code of its own. */
function checksumOf(random: string): string {
  let rest = crc32(random)
  const digits: (string | undefined)[] = []
  for (; digits.length < 6; rest = Math.floor(rest / 62)) digits.unshift(alphabet[rest % 62])
  return digits.join('')
}
