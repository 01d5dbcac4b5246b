import { z } from 'zod'

export interface Statement {
  name: string
  text: string
  values: unknown[]
}

const amount = (minor: string) => `json_build_object('amount', round((${minor}) / 100.0, 2)::text)`
const named = (table: string) => `json_build_object('name', ${table}.nm)`

const product = `
  select json_build_object('product', json_build_object(
    'name', p.nm,
    'unitPrice', json_build_object('amount', round(p.unit_price_minor / 100.0, 2)::text, 'currency', p.ccy),
    'category', ${named('k')}, 'supplier', ${named('s')}))::text
  from commerce.md_product p
  join commerce.md_category k on k.uid = p.category_uid
  join commerce.md_supplier s on s.uid = p.supplier_uid
  where p.sku_cd = $1`

const list = `
  select json_build_object('products', json_build_object('edges', json_agg(json_build_object('node', json_build_object(
    'sku', p.sku_cd, 'name', p.nm, 'packaging', p.pack_txt, 'discontinued', p.disc_flg, 'version', p.row_ver))
    order by p.nm, p.uid)))::text
  from (select * from commerce.md_product order by nm, uid limit 20) p`

const orders20 = `
  select json_build_object('orders', json_build_object('edges', json_agg(json_build_object('node', json_build_object(
    'number', o.doc_no, 'status', o.status_cd, 'customer', ${named('c')}, 'lines', l.lines))
    order by o.placed_ts desc, o.uid desc)))::text
  from (select uid, doc_no, status_cd, cust_uid, placed_ts from commerce.so_header
        order by placed_ts desc, uid desc limit 20) o
  join commerce.crm_customer c on c.uid = o.cust_uid
  cross join lateral (
    select json_agg(json_build_object('quantity', l.qty, 'product', json_build_object(
      'name', p.nm, 'category', ${named('k')}, 'supplier', ${named('s')})) order by l.line_no) as lines
    from commerce.so_line l
    join commerce.md_product p on p.uid = l.product_uid
    join commerce.md_category k on k.uid = p.category_uid
    join commerce.md_supplier s on s.uid = p.supplier_uid
    where l.so_uid = o.uid) l`

const nodes = `
  select json_build_object('nodes', json_agg(n.node order by n.place))::text from (
    select i.place, case
      when i.place <= 10 then (select ${named('p')} from commerce.md_product p where p.uid = i.uid)
      when i.place <= 20 then (select ${named('c')} from commerce.crm_customer c where c.uid = i.uid)
      when i.place <= 30 then (select ${named('s')} from commerce.md_supplier s where s.uid = i.uid)
      when i.place <= 40 then (select json_build_object('number', o.doc_no) from commerce.so_header o where o.uid = i.uid)
      else (select json_build_object('quantity', l.qty) from commerce.so_line l where l.uid = i.uid) end as node
    from unnest($1::uuid[]) with ordinality as i(uid, place)) n`

const search = `
  select json_build_object('products', json_build_object('edges', json_agg(json_build_object('node',
    json_build_object('sku', p.sku_cd, 'name', p.nm)) order by p.nm, p.uid)))::text
  from (select * from commerce.md_product where nm ilike '%' || $1 || '%' order by nm, uid limit 10) p`

const count = `
  select json_build_object('orders', json_build_object('totalCount', count(*)))::text
  from commerce.so_header where status_cd = $1::commerce.so_status_t`

const own = `
  select json_build_object('orders', json_build_object('edges', json_agg(json_build_object('node', json_build_object(
    'number', o.doc_no, 'status', o.status_cd, 'total', ${amount('o.total_minor')}, 'lines', l.lines))
    order by o.placed_ts desc, o.uid desc)))::text
  from (select uid, doc_no, status_cd, total_minor, placed_ts from commerce.so_header
        where cust_uid = $1 order by placed_ts desc, uid desc limit 20) o
  cross join lateral (
    select json_agg(json_build_object('quantity', l.qty, 'product', ${named('p')}) order by l.line_no) as lines
    from commerce.so_line l join commerce.md_product p on p.uid = l.product_uid where l.so_uid = o.uid) l`

const deep = `
  select json_build_object('customer', json_build_object(
    'name', c.nm, 'orderCount', n.orders, 'orders', json_build_object('totalCount', n.orders, 'edges', o.edges)))::text
  from commerce.crm_customer c
  cross join lateral (select count(*) as orders from commerce.so_header h where h.cust_uid = c.uid) n
  cross join lateral (
    select json_agg(json_build_object('node', json_build_object(
      'number', h.doc_no, 'status', h.status_cd, 'total', ${amount('h.total_minor')},
      'grandTotal', ${amount('h.total_minor + h.freight_minor')}, 'lines', l.lines))
      order by h.placed_ts desc, h.uid desc) as edges
    from (select * from commerce.so_header where cust_uid = c.uid order by placed_ts desc, uid desc limit 5) h
    cross join lateral (
      select json_agg(json_build_object(
        'quantity', l.qty,
        'total', ${amount('round(l.qty * l.unit_price_minor * (10000 - l.disc_bp) / 10000.0)')},
        'product', json_build_object('name', p.nm, 'category', ${named('k')})) order by l.line_no) as lines
      from commerce.so_line l
      join commerce.md_product p on p.uid = l.product_uid
      join commerce.md_category k on k.uid = p.category_uid
      where l.so_uid = h.uid) l) o
  where c.uid = $1`

const page = (size: number, position: string) => `
  select json_build_object('orders', json_build_object(
    'edges', json_agg(json_build_object('node', json_build_object(
      'number', o.doc_no, 'placedAt', o.placed_ts, 'total', ${amount('o.total_minor')}, 'customer', ${named('c')}))
      order by o.total_minor desc, o.uid desc) filter (where o.place <= ${size}),
    'pageInfo', json_build_object(
      'hasNextPage', count(*) > ${size},
      'endCursor', (array_agg(o.total_minor || '_' || o.uid order by o.place) filter (where o.place <= ${size}))[least(count(*), ${size})])))::text
  from (
    select *, row_number() over (order by total_minor desc, uid desc) as place from (
      select uid, doc_no, placed_ts, total_minor, cust_uid from commerce.so_header
      where status_cd = 'DELIVERED' ${position} order by total_minor desc, uid desc limit ${size + 1}) h) o
  join commerce.crm_customer c on c.uid = o.cust_uid`
const after = 'and (total_minor, uid) < ($1, $2::uuid)'

const place = 'select bench.order_placed($1, $2::jsonb, $3::jsonb, $4)'

const skuOnly = z.object({ sku: z.string() })
const idsOnly = z.object({ ids: z.array(z.uuid()) })
const textOnly = z.object({ text: z.string() })
const statusOnly = z.object({ status: z.string() })
const idOnly = z.object({ id: z.uuid() })
const position = z.object({ after: z.string().optional() })
const placed = z.object({
  input: z.object({
    customerId: z.uuid(),
    lines: z.array(z.object({ productId: z.uuid(), quantity: z.int() })),
    shipTo: z.record(z.string(), z.string()),
    idempotencyKey: z.string(),
  }),
})

/** The statement of an operation; undefined where there is none. */
export function statementFor(operation: string, variables: unknown): Statement | undefined {
  switch (operation) {
    case 'Product':
    case 'Get':
      return { name: operation, text: product, values: [skuOnly.parse(variables).sku] }
    case 'List':
      return { name: operation, text: list, values: [] }
    case 'Nodes':
      return { name: operation, text: nodes, values: [idsOnly.parse(variables).ids] }
    case 'Search':
      return { name: operation, text: search, values: [textOnly.parse(variables).text] }
    case 'Count':
      return { name: operation, text: count, values: [statusOnly.parse(variables).status] }
    case 'Own':
      return { name: operation, text: own, values: [idOnly.parse(variables).id] }
    case 'Orders20':
      return { name: operation, text: orders20, values: [] }
    case 'Deep':
      return { name: operation, text: deep, values: [idOnly.parse(variables).id] }
    case 'PageFirst':
    case 'Page':
      return pageStatement(20, variables)
    case 'Walk':
      return pageStatement(100, variables)
    case 'Place': {
      const { customerId, lines, shipTo, idempotencyKey } = placed.parse(variables).input
      const values = [customerId, JSON.stringify(lines), JSON.stringify(shipTo), idempotencyKey]
      return { name: operation, text: place, values }
    }
    default:
      return undefined
  }
}

function pageStatement(size: number, variables: unknown): Statement {
  const cursor = position.parse(variables ?? {}).after
  if (cursor === undefined) return { name: `first ${size}`, text: page(size, ''), values: [] }
  return { name: `next ${size}`, text: page(size, after), values: cursor.split('_') }
}
