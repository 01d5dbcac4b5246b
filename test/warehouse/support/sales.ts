import { z } from 'zod'
import type { Warehouse } from './warehouse.ts'

/** What a product sold in a month: lines, units, and the net amount in cents; cancelled orders apart. */
export type Sales = Record<string, { lines: number; units: number; net: bigint }>

const order = z.object({
  status: z.string(),
  placedAt: z.string(),
  lines: z.array(
    z.object({
      quantity: z.number(),
      total: z.object({ amount: z.string(), currency: z.literal('USD') }),
      product: z.object({ id: z.string() }),
    }),
  ),
})

/** From the orders as the API exports them. */
export async function salesOfApi(url: string, token: string): Promise<Sales> {
  const query = `{ orders { edges { node {
    status placedAt lines { quantity total { amount currency } product { id } } } } } }`
  const response = await fetch(`${url}/bulk/export`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  })
  const sales: Sales = {}
  for (const text of (await response.text()).trimEnd().split('\n')) {
    const { status, placedAt, lines } = order.parse(JSON.parse(text))
    for (const { quantity, total, product } of lines) {
      const key = [product.id, placedAt.slice(0, 7), status === 'CANCELLED'].join(' ')
      const sold = sales[key] ?? { lines: 0, units: 0, net: 0n }
      const net = sold.net + BigInt(total.amount.replace('.', ''))
      sales[key] = { lines: sold.lines + 1, units: sold.units + quantity, net }
    }
  }
  return sales
}

const row = z.object({
  key: z.string(),
  lines: z.number(),
  units: z.number(),
  net: z.string().transform((digits) => BigInt(digits)),
})

/** From the facts and dimensions of the warehouse. */
export async function salesOfWarehouse(warehouse: Warehouse): Promise<Sales> {
  const rows = await warehouse.rows(
    `select concat_ws(' ', product_id, to_char(day, 'YYYY-MM'), is_cancelled::text) as key,
       count(*)::int as lines, sum(quantity)::int as units, (sum(net) * 100)::bigint::text as net
     from sales.fact_order_line join sales.dim_product using (product_key) join sales.dim_date using (date_key)
     group by 1`,
    row,
  )
  return Object.fromEntries(rows.map(({ key, ...sold }) => [key, sold]))
}

/** What is wrong in the warehouse itself, without a look at the API. */
export function violations(warehouse: Warehouse): Promise<{ what: string }[]> {
  return warehouse.rows(
    `select 'a version begins where none ended' as what
     from sales.dim_product version
     where valid_from <> '-infinity' and not exists (
       select from sales.dim_product other where other.product_id = version.product_id and other.valid_to = version.valid_from)
     union all
     select 'a product has not one open version' from sales.dim_product
     group by product_id having count(*) filter (where valid_to = 'infinity') <> 1
     union all
     select 'a fact has the version of another time' from sales.fact_order_line join sales.dim_product using (product_key)
     where placed_at < valid_from or placed_at >= valid_to
     union all
     select 'a fact has the customer of another time' from sales.fact_order_line
     left join sales.dim_customer using (customer_key)
     where customer_key is null or placed_at < valid_from or placed_at >= valid_to`,
    z.object({ what: z.string() }),
  )
}
