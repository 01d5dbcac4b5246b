import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { parseId } from '../../../src/platform/graphql/ids.ts'
import { codesOf, createWorld, type World } from '../../support/world.ts'
import { ask, call, eventsAbout, masterData } from '../support/master-data.ts'

const select = 'customer { id code kind name contactName contactTitle email phone country version }'
const created = z.object({ customer: z.object({ id: z.string() }) })

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const person = (code: string, more: object = {}) => ({
  code,
  kind: 'PERSON',
  name: 'Ada Ärmel',
  email: `${code}@example.org`,
  country: 'DE',
  ...more,
})
const create = (input: object) => call(world, 'admin', 'customerCreate', input, select)

describe('a customer that is created', () => {
  it('is complete, and its event has nothing personal', async () => {
    const contact = { contactName: 'Bea', contactTitle: ' ', phone: ' +49 (0)30 / 12-34.5 ' }
    const { changed, refusals } = await create(person('ADA', contact))
    const { id } = created.parse(changed).customer

    expect(refusals).toEqual([])
    expect(changed).toEqual({
      customer: {
        id,
        code: 'ADA',
        kind: 'PERSON',
        name: 'Ada Ärmel',
        contactName: 'Bea',
        contactTitle: null,
        email: 'ada@example.org',
        phone: '+49 (0)30 / 12-34.5',
        country: 'DE',
        version: 1,
      },
    })
    expect(await eventsAbout(world, 'Customer', id)).toEqual([
      { topic: 'customer.created', ownerId: parseId('Customer', id), payload: { customerId: id, kind: 'PERSON' } },
    ])
  })

  it('is created once for one idempotency key', async () => {
    const input = person('ONCE', { idempotencyKey: 'once' })
    const first = await create(input)
    const again = await create(input)

    expect([first.replayed, again.replayed]).toEqual([false, true])
    expect(again.changed).toEqual(first.changed)
  })

  it('has a unique code and e-mail address, also when many are created at once', async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        create(
          index % 2 === 0
            ? person('RACE', { email: `r${index}@example.org` })
            : person(`R${index}`, { email: 'r@b.org' }),
        ),
      ),
    )

    const refusals = results.flatMap((result) => result.refusals)
    expect(refusals.filter((refusal) => refusal === 'CODE_TAKEN input.code')).toHaveLength(9)
    expect(refusals.filter((refusal) => refusal === 'EMAIL_TAKEN input.email')).toHaveLength(9)
    expect(refusals).toHaveLength(18)
  })
})

describe('a customer that is refused', () => {
  it.each<[string, object, string[]]>([
    ['has a code that another has', { code: 'ALFKI' }, ['CODE_TAKEN input.code']],
    ['has an address that another has', { email: 'ALFKI@example.com' }, ['EMAIL_TAKEN input.email']],
    [
      'has both from others',
      { code: 'ANATR', email: 'alfki@example.com' },
      ['CODE_TAKEN input.code', 'EMAIL_TAKEN input.email'],
    ],
    ['has a code of one letter', { code: 'X' }, ['INVALID_FORMAT input.code']],
    ['has a code of small letters', { code: 'abc' }, ['INVALID_FORMAT input.code']],
    ['has a code of 13', { code: 'ABCDEFGHIJKLM' }, ['INVALID_FORMAT input.code']],
    ['has no code', { code: '' }, ['BLANK input.code']],
    ['has no name', { name: ' ' }, ['BLANK input.name']],
    ['has a long contact', { contactName: 'x'.repeat(201) }, ['TOO_LONG input.contactName']],
    ['has control characters', { contactTitle: 'a\u0007' }, ['INVALID_CHARACTER input.contactTitle']],
    ['has no telephone number', { phone: 'call me' }, ['INVALID_FORMAT input.phone']],
    ['has a long telephone number', { phone: '1 '.repeat(20) }, ['TOO_LONG input.phone']],
    [
      'has everything wrong at once',
      { code: '-', name: '', contactName: '\u0007x', phone: '1' },
      [
        'INVALID_FORMAT input.code',
        'BLANK input.name',
        'INVALID_CHARACTER input.contactName',
        'INVALID_FORMAT input.phone',
      ],
    ],
  ])('%s', async (_what, wrong, refusals) => {
    const before = await masterData(world)

    expect(await create(person('WRONG', wrong))).toMatchObject({ refusals, changed: { customer: null } })
    expect(await masterData(world)).toEqual(before)
  })

  it('has an invalid or too long e-mail address', async () => {
    const long = `${'x'.repeat(60)}@${Array.from({ length: 4 }, () => 'y'.repeat(60)).join('.')}.org`

    expect((await create(person('WRONG', { email: long }))).refusals).toEqual(['TOO_LONG input.email'])
    expect(codesOf(await ask(world, 'admin', 'customerCreate', person('WRONG', { email: 'x' }), select))).toEqual([
      'BAD_USER_INPUT',
    ])
  })

  it.each([
    ['anonymous', 'UNAUTHENTICATED'],
    ['support', 'FORBIDDEN'],
    ['customer ALFKI', 'FORBIDDEN'],
  ])('for %s', async (viewer, code) => {
    expect(codesOf(await ask(world, viewer, 'customerCreate', person('WRONG'), select))).toEqual([code])
  })
})
