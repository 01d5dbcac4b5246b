// Reads and checks the files of the demo data. A malformed value is an error, never a guess.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { z } from 'zod'
import { countryCodes } from './countries.ts'

const text = z.string().min(1)
const optionalText = z.string().transform((value) => (value === '' ? null : value))
const integer = z.string().regex(/^\d+$/).transform(Number)
const date = z.iso.date().transform((value) => new Date(`${value}T00:00:00Z`))
const optionalDate = z.union([z.literal('').transform(() => null), date])
const money = fixedPoint(2)
const flag = z.enum(['0', '1']).transform((value) => value === '1')
const country = z.string().transform((name, context) => {
  const code = countryCodes[name]
  if (code !== undefined) return code
  context.addIssue(`no country code is known for "${name}"`)
  return z.NEVER
})

/** Decimal text as an exact count of its smallest unit, without floats. */
function fixedPoint(digits: number) {
  return z
    .string()
    .regex(new RegExp(`^\\d+(\\.\\d{1,${digits}})?$`))
    .transform((value) => {
      const [whole = '', fraction = ''] = value.split('.')
      return BigInt(whole + fraction.padEnd(digits, '0'))
    })
}

const contact = { name: text, contact_name: optionalText, contact_title: optionalText, country, phone: optionalText }

const files = {
  suppliers: z.object({
    supplier_id: integer,
    ...contact,
    street: optionalText,
    city: optionalText,
    region: optionalText,
    postal_code: optionalText,
  }),
  categories: z.object({ category_id: integer, name: text, description: optionalText }),
  carriers: z.object({ carrier_id: integer, name: text, phone: optionalText }),
  products: z.object({
    product_id: integer,
    name: text,
    supplier_id: integer,
    category_id: integer,
    quantity_per_unit: optionalText,
    unit_price: money,
    units_in_stock: integer,
    reorder_level: integer,
    discontinued: flag,
  }),
  customers: z.object({
    customer_id: text,
    ...contact,
    street: text,
    city: text,
    region: optionalText,
    postal_code: optionalText,
  }),
  orders: z.object({
    order_id: integer,
    customer_id: text,
    order_date: date,
    required_date: optionalDate,
    shipped_date: optionalDate,
    carrier_id: integer,
    freight: money,
    ship_name: text,
    ship_street: text,
    ship_city: text,
    ship_region: optionalText,
    ship_postal_code: optionalText,
    ship_country: country,
  }),
  order_lines: z.object({
    order_id: integer,
    product_id: integer,
    unit_price: money,
    quantity: integer,
    // A fraction in the file, basis points here.
    discount: fixedPoint(4).transform(Number),
  }),
}

export type Northwind = { [Name in keyof typeof files]: z.infer<(typeof files)[Name]>[] }

export async function readNorthwind(): Promise<Northwind> {
  return {
    suppliers: await readRows('suppliers', files.suppliers),
    categories: await readRows('categories', files.categories),
    carriers: await readRows('carriers', files.carriers),
    products: await readRows('products', files.products),
    customers: await readRows('customers', files.customers),
    orders: await readRows('orders', files.orders),
    order_lines: await readRows('order_lines', files.order_lines),
  }
}

/** `ALFKI`, `ANATR`, … */
export async function customerCodes(): Promise<string[]> {
  return (await readRows('customers', files.customers)).map(({ customer_id }) => customer_id)
}

async function readRows<S extends z.ZodType>(name: string, schema: S): Promise<z.infer<S>[]> {
  const content = await readFile(join(import.meta.dirname, `${name}.csv`), 'utf8')
  const rows = z.array(schema).safeParse(parse(content, { columns: true }))
  if (rows.success) return rows.data
  throw new Error(`prisma/demo/${name}.csv has rows that do not fit:\n${z.prettifyError(rows.error)}`)
}
