import pg from 'pg'
import { z } from 'zod'
import { emittedEvents } from '../contract/support/emitted-events.ts'

/** Conditions that hold after any interruption. Each statement finds the violations. */
const invariants: Record<string, string> = {
  'nothing is sold that is not there': `
    select sku_cd from commerce.md_product where qty_reserved < 0 or qty_on_hand < qty_reserved`,
  'stock equals its ledger': `
    select p.sku_cd, p.qty_on_hand, coalesce(sum(m.qty_delta), 0) as ledger
    from commerce.md_product p left join commerce.md_stock_move m on m.product_uid = p.uid
    group by p.uid having p.qty_on_hand <> coalesce(sum(m.qty_delta), 0)`,
  'reserved is what open orders wait for': `
    select p.sku_cd, p.qty_reserved from commerce.md_product p
    where p.qty_reserved <> coalesce((
      select sum(l.qty - l.qty_shipped) from commerce.so_line l join commerce.so_header h on h.uid = l.so_uid
      where l.product_uid = p.uid and h.status_cd in ('PLACED', 'PAID', 'PARTIALLY_SHIPPED')), 0)`,
  'an order keeps the sums of its payments and refunds': `
    select h.doc_no from commerce.so_header h
    where h.paid_minor <> coalesce((select sum(amount_minor) from commerce.ar_payment p where p.so_uid = h.uid), 0)
       or h.refunded_minor <> coalesce((select sum(amount_minor) from commerce.ar_refund r where r.so_uid = h.uid), 0)`,
  'an order is paid in full or not at all, once': `
    select h.doc_no from commerce.so_header h join commerce.ar_payment p on p.so_uid = h.uid
    group by h.uid having count(*) <> 1 or sum(p.amount_minor) <> h.total_minor + h.freight_minor`,
  'every paid order has its invoice, over what was paid': `
    select h.doc_no from commerce.so_header h left join commerce.ar_invoice i on i.so_uid = h.uid
    where (h.paid_minor > 0) <> (i.uid is not null) or i.amount_minor <> h.paid_minor`,
  'every refund has its credit note, over the same amount': `
    select r.uid from commerce.ar_refund r left join commerce.ar_credit_note c on c.refund_uid = r.uid
    where c.uid is null or c.amount_minor <> r.amount_minor`,
  'invoice numbers have no gap': gapsOf('ar_invoice'),
  'credit note numbers have no gap': gapsOf('ar_credit_note'),
  'shipped and returned units are those of the shipments and returns': `
    select l.uid from commerce.so_line l
    where l.qty_shipped <> coalesce((select sum(qty) from commerce.lg_shipment_line s where s.so_line_uid = l.uid), 0)
       or l.qty_returned <> coalesce((select sum(qty) from commerce.lg_return_line r where r.so_line_uid = l.uid), 0)`,
  'every new order has its events, in sequence from 1 without gaps': `
    select agg_key from platform.pf_outbox group by agg_type, agg_key having max(agg_seq) <> count(*) or min(agg_seq) <> 1`,
  'every new order was placed once': `
    select h.doc_no from commerce.so_header h where h.doc_no > 11077
      and (select count(*) from platform.pf_outbox e where e.agg_key = h.uid::text and e.topic_nm = 'order.placed') <> 1`,
}

function gapsOf(table: string): string {
  return `select split_part(doc_no, '-', 2) as year, count(*), max(split_part(doc_no, '-', 3)::int)
    from commerce.${table} group by 1 having count(*) <> max(split_part(doc_no, '-', 3)::int)`
}

/** The names of the violated invariants, each with the first rows that violate it. */
export async function violations(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const found: string[] = []
    for (const [name, sql] of Object.entries(invariants)) {
      const { rows } = await client.query(sql)
      if (rows.length > 0) found.push(`${name}: ${JSON.stringify(rows.slice(0, 3))}`)
    }
    const { misfits } = await emittedEvents(databaseUrl)
    if (misfits.length > 0) found.push(`every event has the form of its topic: ${misfits.slice(0, 3).join()}`)
    return found
  } finally {
    await client.end()
  }
}

/** The number of each event in the outbox. */
export async function eventCounts(databaseUrl: string): Promise<Map<string, number>> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query(
      'select topic_nm as topic, count(*)::int as count from platform.pf_outbox group by 1',
    )
    const counts = z.array(z.object({ topic: z.string(), count: z.number() })).parse(rows)
    return new Map(counts.map(({ topic, count }) => [topic, count]))
  } finally {
    await client.end()
  }
}
