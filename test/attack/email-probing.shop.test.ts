import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { type Answer, codesOf, createWorld, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  world = await createWorld({ env: { SUSPICIOUS_DENIALS_PER_MINUTE: '5' } })
})
afterAll(async () => {
  await world.close()
  vi.useRealTimers()
})

const query = `mutation ($input: CustomerUpdateInput!) {
  customerUpdate(input: $input) { customer { version } userErrors { code } }
}`
const payload = z.object({
  customerUpdate: z
    .object({
      customer: z.object({ version: z.int() }).nullable(),
      userErrors: z.array(z.object({ code: z.string() })),
    })
    .nullable(),
})
/** Whether the address is taken, as the response reveals. */
const told = (answered: Answer) => {
  const { customerUpdate } = payload.parse(answered.data)
  return [...codesOf(answered), ...(customerUpdate?.userErrors.map(({ code }) => code) ?? [])].join() || 'free'
}

let version = 1
async function probe(email: string, viewer = 'customer ALFKI', input: object = {}): Promise<string> {
  const answered = await world.as(viewer).query(query, { input: { version, email, ...input } })
  if (told(answered) === 'free' && viewer === 'customer ALFKI') version++
  return told(answered)
}
const taken = ['anatr', 'anton', 'arout', 'bergs', 'blaus', 'blonp'].map((code) => `${code}@example.com`)
const [one = ''] = taken

// One story in order: each test continues after the last one.
describe('a customer who probes e-mail addresses', () => {
  it('gets a limited number of responses a minute, for taken and free addresses alike', async () => {
    expect(await probe('nobody-has-this@example.com')).toBe('free')
    for (const email of taken.slice(0, 4)) expect(await probe(email)).toBe('EMAIL_TAKEN')
    const before = world.statements.length
    for (const email of [...taken, 'another-nobody-has@example.com']) expect(await probe(email)).toBe('RATE_LIMITED')
    expect(world.statements.slice(before).filter(({ sql }) => sql.includes('crm_customer'))).toEqual([])
  })

  it('gets no more with many fields in one request, or with parallel requests', async () => {
    const call = (alias: number) =>
      `a${alias}: customerUpdate(input: { version: 1, email: "${one}" }) { userErrors { code } }`
    const many = `mutation { ${Array.from({ length: 5 }, (_, at) => call(at)).join(' ')} }`
    const asked = await Promise.all([1, 2, 3].map(() => world.as('customer BONAP').query(many)))
    expect(JSON.stringify(asked.map(({ data }) => data)).match(/EMAIL_TAKEN|CONFLICT/g)).toHaveLength(5)
    expect(asked.flatMap(codesOf)).toEqual(Array(10).fill('RATE_LIMITED'))
  })

  it('is logged and audited, and can still make other changes', async () => {
    const lines = world.logLines.filter((line) => line.includes('"suspicious"'))
    expect(lines.map((line) => z.object({ kind: z.string(), count: z.int() }).parse(JSON.parse(line)))).toEqual([
      { kind: 'look_ups', count: 5 },
      { kind: 'look_ups', count: 5 },
    ])
    const refused = (await world.audited()).filter(({ codes }) => codes.includes('RATE_LIMITED'))
    expect(refused).toHaveLength(17)
    expect(new Set(refused.map(({ action, outcome }) => `${action} ${outcome}`))).toEqual(
      new Set(['customerUpdate REFUSED']),
    )
    const renamed = await world.as('customer ALFKI').query(query, { input: { version, name: 'Alfreds' } })
    expect(told(renamed)).toBe('free')
    version++
  })

  it('limits neither other customers nor staff', async () => {
    expect(await probe(one, 'customer ANTON', { version: 1 })).toBe('EMAIL_TAKEN')
    const customerId = z
      .object({ viewer: z.object({ id: z.string() }) })
      .parse((await world.as('customer ANTON').query('{ viewer { id } }')).data).viewer.id
    for (let time = 0; time < 10; time++) {
      expect(await probe(one, 'admin', { customerId, version: 1 })).toBe('EMAIL_TAKEN')
    }
  })

  it('may try again after the minute', async () => {
    vi.advanceTimersByTime(59_000)
    expect(await probe(one)).toBe('RATE_LIMITED')
    vi.advanceTimersByTime(1_000)
    expect(await probe(one)).toBe('EMAIL_TAKEN')
  })
})
