import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { strFromU8, unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import type * as checks from '../../../src/platform/persons/check-personal-data.ts'
import type * as schemas from '../../../src/schema.ts'
import { loadMusic } from '../../second-domain/support/load.ts'
import { importFrom } from '../../second-domain/support/project.ts'
import { adoptedProject, typeErrorsIn } from './support/adopted-project.ts'
import { type AdoptedWorld, adoptedWorld } from './support/adopted-world.ts'
import { foreignDatabase } from './support/foreign-database.ts'

/** All that an adopter of Chinook writes by hand. */
const map = `import { personalData } from '../platform/privacy/map/personal-data.ts'

const sold = { purpose: 'sales' } as const
const billed = { ...sold, keptBy: 'invoices' } as const
const employed = { purpose: 'employment' } as const
const withheld = 'withheld'

export const heldOfPeople = personalData({
  subjects: { Customer: { about: 'a customer' }, Employee: { about: 'an employee' } },
  subjectOf: () => undefined,
  purposes: {
    sales: { about: 'to sell music', ground: 'contract', keep: 'until the customer is erased' },
    employment: { about: 'to employ people', ground: 'contract', keep: 'ten years after they leave' },
  },
  duties: { invoices: { about: 'Invoices.', years: 100 } },
  models: {
    Customer: {
      subject: 'Customer',
      columns: {
        firstName: { ...sold, erased: withheld },
        lastName: { ...sold, erased: withheld },
        email: { ...sold, erased: (mark) => \`\${mark}@withheld.invalid\` },
        company: sold, address: sold, city: sold, state: sold, postalCode: sold, phone: sold, fax: sold,
      },
      impersonal: ['country'],
    },
    Invoice: {
      subject: 'Customer',
      path: 'customer',
      dutyFrom: 'invoiceDate',
      columns: { billingAddress: billed, billingCity: billed, billingState: billed, billingPostalCode: billed },
      impersonal: ['billingCountry'],
    },
    InvoiceLine: { subject: 'Customer', path: 'invoice.customer', columns: {} },
    Employee: {
      subject: 'Employee',
      columns: {
        firstName: { ...employed, erased: withheld },
        lastName: { ...employed, erased: withheld },
        birthDate: employed, hireDate: employed, address: employed, city: employed, state: employed,
        postalCode: employed, phone: employed, fax: employed, email: employed, title: employed,
      },
      impersonal: ['country'],
    },
  },
  impersonal: {},
})
`

let project: Awaited<ReturnType<typeof adoptedProject>>
let music: AdoptedWorld
let drafted: string
beforeAll(async () => {
  await using chinook = await foreignDatabase('chinook')
  project = await adoptedProject(chinook.url, '--name', 'music')
  const path = join(project.folder, 'src/music/personal-data.ts')
  drafted = await readFile(path, 'utf8')
  await writeFile(path, map)
  music = await adoptedWorld(project.folder, (ownerUrl) => loadMusic(ownerUrl, ['chinook.sql']), {
    ERASURE_DELAY_HOURS: '0',
  })
}, 300_000)
afterAll(async () => {
  await music?.world.close()
  await project?.[Symbol.asyncDispose]()
})

const request = z.object({
  id: z.string(),
  state: z.string(),
  rowCount: z.number(),
  url: z.string().nullable(),
  held: z.array(z.object({ type: z.string(), rowCount: z.number() })),
})
const fields = 'id state rowCount url held { type rowCount }'

async function done(verb: string, input: object) {
  const { personRequest } = z
    .object({ personRequest: z.object({ id: z.string() }) })
    .parse(await music.mutate(verb, input, 'personRequest { id }'))
  const read = () =>
    music.ask(`query ($id: ID!) { personRequest(id: $id) { ${fields} } }`, z.object({ personRequest: request }), {
      id: personRequest.id,
    })
  await vi.waitUntil(async () => (await read()).personRequest.state === 'DONE', { timeout: 20_000, interval: 25 })
  return (await read()).personRequest
}

const row = z.record(z.string(), z.unknown())
const named = z.object({ edges: z.array(z.object({ node: z.object({ id: z.string() }) })) })

async function firstId(list: 'customers' | 'employees'): Promise<string> {
  const found = await music.ask(`{ found: ${list}(first: 1) { edges { node { id } } } }`, z.object({ found: named }))
  return found.found.edges[0]?.node.id ?? ''
}

async function archiveOf(input: object) {
  const { url } = await done('personExport', input)
  const response = await music.world.fetchAs('anonymous', url ?? '')
  const files = unzipSync(new Uint8Array(await response.arrayBuffer()))
  const shape = z.object({ records: z.record(z.string(), z.array(row)) })
  return shape.parse(JSON.parse(strFromU8(files['data.json'] ?? new Uint8Array()))).records
}

describe('an adopted database with a map of personal data', () => {
  it('begins with every field that looks personal as one that nobody has decided about', () => {
    const [, undecided = ''] = /undecided: \[([^\]]*)\]/.exec(drafted) ?? []
    expect(undecided.match(/\w+\.\w+/g)).toEqual(
      expect.arrayContaining(['Customer.firstName', 'Customer.email', 'Employee.birthDate', 'Invoice.billingAddress']),
    )
  })

  it('has a whole map, and compiles', async () => {
    const { problemsOf } = await importFrom<typeof checks>(
      project.folder,
      'src/platform/persons/check-personal-data.ts',
    )
    const { domain, schema } = await importFrom<typeof schemas>(project.folder, 'src/schema.ts')
    expect(problemsOf({ data: domain.personalData, schema, rowPolicies: domain.rowPolicies })).toEqual([])
    expect(await typeErrorsIn(project.folder)).toBe('')
  }, 240_000)

  it('exports a customer with the rows that SQL counts', async () => {
    const customerId = await firstId('customers')
    const records = await archiveOf({ customerId })
    const [counts] = await music.world.rowsOf(
      `select count(distinct i.invoice_id)::int as invoices, count(l.*)::int as lines from invoice i
       join invoice_line l using (invoice_id) join customer c using (customer_id) where c.email = '${String(records.Customer?.[0]?.email)}'`,
      z.object({ invoices: z.number(), lines: z.number() }),
    )
    expect(counts).toEqual({ invoices: records.Invoice?.length, lines: records.InvoiceLine?.length })
    expect(counts?.invoices).toBeGreaterThan(3)
  })

  it('erases a customer, and holds what is on invoices', async () => {
    const customerId = await firstId('customers')
    const [before] = (await archiveOf({ customerId })).Customer ?? []
    const sums = await music.world.rowsOf(
      'select sum(total)::text as total from invoice',
      z.object({ total: z.string() }),
    )
    const { held } = await done('personErase', { customerId, reason: 'OBJECTION' })
    expect(held).toEqual([{ type: 'Invoice', rowCount: expect.any(Number) }])
    const { customer } = await music.ask(
      'query ($id: ID!) { customer(id: $id) { firstName lastName email phone country } }',
      z.object({ customer: row }),
      { id: customerId },
    )
    expect(customer).toEqual({
      firstName: 'withheld',
      lastName: 'withheld',
      email: expect.stringMatching(/^[0-9a-f]{32}@withheld\.invalid$/),
      phone: null,
      country: before?.country,
    })
    const left = await music.world.rowsOf(
      `select billing_address as a from invoice i join customer c using (customer_id) where c.first_name = 'withheld'`,
      z.object({ a: z.string().nullable() }),
    )
    expect([...new Set(left.map(({ a }) => a))]).toEqual([null])
    expect(
      await music.world.rowsOf('select sum(total)::text as total from invoice', z.object({ total: z.string() })),
    ).toEqual(sums)
  })

  it('restricts and releases an employee, dates included', async () => {
    const employeeId = await firstId('employees')
    const rows = () =>
      music.world.rowsOf('select to_jsonb(e) as e from employee e order by employee_id', z.object({ e: row }))
    const before = await rows()
    await done('personRestrict', { employeeId })
    const restricted = (await rows()).filter(({ e }) => e.birth_date === null)
    expect(restricted.map(({ e }) => [e.first_name, e.email])).toEqual([['withheld', null]])
    const { held } = await done('personRelease', { employeeId })
    expect(held).toEqual([])
    expect(await rows()).toEqual(before)
  })

  it('asks for one person of one kind', async () => {
    const [customerId, employeeId] = [await firstId('customers'), await firstId('employees')]
    expect(await music.refused('personExport', { customerId, employeeId })).toEqual([
      'PERSON_REQUIRED : Name one person: those who handle requests about people must say whom.',
    ])
  })
})
