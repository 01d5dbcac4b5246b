-- What the peers need of the database beside the tables. Made anew for every run.

-- PostGraphile shows these as fields of the table: the totals that Frontdoor computes.
create or replace function commerce.so_line_total_minor(line commerce.so_line) returns bigint
language sql stable as $$ select round(line.qty * line.unit_price_minor * (10000 - line.disc_bp) / 10000.0)::bigint $$;

create or replace function commerce.so_header_grand_total_minor(header commerce.so_header) returns bigint
language sql stable as $$ select header.total_minor + header.freight_minor $$;

-- Unique by an index and no constraint: PostGraphile looks products up by it once it is told.
comment on table commerce.md_product is '@unique sku_cd';

-- A search in names, which PostGraphile has no filter for.
create or replace function commerce.products_named(fragment text) returns setof commerce.md_product
language sql stable as $$ select * from commerce.md_product where nm ilike '%' || fragment || '%' order by nm, uid $$;

-- What `orderPlace` does, as one function: checks, locks in the order of ids, reserves, writes the order, its lines, an
-- event for the order and for each product, and keeps the answer under the idempotency key.
create or replace function commerce.order_place(
  customer_id uuid, lines jsonb, ship_to jsonb, idempotency_key text
) returns commerce.so_header
language plpgsql volatile as $$
declare
  args bytea := sha256(convert_to(jsonb_build_array(customer_id, lines, ship_to)::text, 'UTF8'));
  known platform.pf_idempotency;
  placed commerce.so_header;
  fault text;
begin
  insert into platform.pf_idempotency (prin_cd, idem_key, verb_nm, args_sha, outcome_doc)
  values ('staff:bench', idempotency_key, 'orderPlace', args, '{}') on conflict do nothing;
  if not found then
    select * into strict known from platform.pf_idempotency
    where prin_cd = 'staff:bench' and idem_key = idempotency_key and verb_nm = 'orderPlace';
    if known.args_sha <> args then raise exception 'IDEMPOTENCY_KEY_REUSED'; end if;
    select * into strict placed from commerce.so_header where uid = (known.outcome_doc ->> 'order')::uuid;
    return placed;
  end if;

  if jsonb_array_length(lines) not between 1 and 100 then raise exception 'TOO_MANY_LINES'; end if;
  if not exists (select from commerce.crm_customer where uid = customer_id) then
    raise exception 'CUSTOMER_UNKNOWN';
  end if;
  perform 1 from commerce.md_product
  where uid in (select (line ->> 'productId')::uuid from jsonb_array_elements(lines) line)
  order by uid for no key update;
  select case when p.uid is null then 'PRODUCT_UNKNOWN' when p.disc_flg then 'PRODUCT_DISCONTINUED'
              when l.quantity not between 1 and 10000 then 'INVALID_QUANTITY'
              when p.ccy <> min(p.ccy) over () then 'CURRENCY_MISMATCH'
              when count(*) over (partition by p.uid) > 1 then 'DUPLICATE_PRODUCT'
              when p.qty_on_hand - p.qty_reserved < l.quantity then 'INSUFFICIENT_STOCK' end as code
  into fault
  from jsonb_to_recordset(lines) as l("productId" uuid, quantity int)
  left join commerce.md_product p on p.uid = l."productId"
  order by code nulls last limit 1;
  if fault is not null then raise exception '%', fault; end if;

  insert into commerce.so_header (uid, cust_uid, ccy, placed_ts, total_minor,
    st_recip_nm, st_street, st_city, st_region, st_zip, st_ctry)
  select uuidv7(), customer_id, min(p.ccy), now(), sum(l.quantity * p.unit_price_minor),
    ship_to ->> 'recipient', ship_to ->> 'street', ship_to ->> 'city', ship_to ->> 'region', ship_to ->> 'postalCode',
    ship_to ->> 'country'
  from jsonb_to_recordset(lines) as l("productId" uuid, quantity int)
  join commerce.md_product p on p.uid = l."productId"
  returning * into placed;

  insert into commerce.so_line (uid, so_uid, line_no, product_uid, qty, unit_price_minor)
  select uuidv7(), placed.uid, l.position, p.uid, (l.line ->> 'quantity')::int, p.unit_price_minor
  from jsonb_array_elements(lines) with ordinality as l(line, position)
  join commerce.md_product p on p.uid = (l.line ->> 'productId')::uuid;

  insert into platform.pf_outbox (uid, topic_nm, agg_type, agg_uid, owner_uid, agg_seq, actor_kind, actor_id, event_doc)
  values (uuidv7(), 'order.placed', 'Order', placed.uid, customer_id, 1, 'staff', 'bench',
    jsonb_build_object('orderId', placed.uid, 'number', placed.doc_no, 'customerId', customer_id,
      'total', round(placed.total_minor / 100.0, 2)::text, 'currency', placed.ccy, 'lines', lines));

  with reserved as (
    update commerce.md_product p set qty_reserved = p.qty_reserved + l.quantity
    from jsonb_to_recordset(lines) as l("productId" uuid, quantity int)
    where p.uid = l."productId"
    returning p.uid, p.qty_on_hand, p.qty_reserved
  )
  insert into platform.pf_outbox (uid, topic_nm, agg_type, agg_uid, agg_seq, actor_kind, actor_id, event_doc)
  select uuidv7(), 'stock.changed', 'Product', r.uid,
    coalesce((select max(o.agg_seq) from platform.pf_outbox o where o.agg_uid = r.uid), 0) + 1, 'staff', 'bench',
    jsonb_build_object('productId', r.uid, 'onHand', r.qty_on_hand, 'reserved', r.qty_reserved, 'reason', 'RESERVED')
  from reserved r;

  update platform.pf_idempotency set outcome_doc = jsonb_build_object('order', placed.uid)
  where prin_cd = 'staff:bench' and idem_key = idempotency_key and verb_nm = 'orderPlace';
  return placed;
end $$;

-- The same with the answer in JSON, for the hand-written server: what a statement's own function wrote that statement
-- does not see, so the answer is put together in here.
create schema if not exists bench;
create or replace function bench.order_placed(
  customer_id uuid, lines jsonb, ship_to jsonb, idempotency_key text
) returns text
language plpgsql volatile as $$
declare
  placed commerce.so_header := commerce.order_place(customer_id, lines, ship_to, idempotency_key);
begin
  return (
    select json_build_object('orderPlace', json_build_object('userErrors', json_build_array(), 'order', json_build_object(
      'number', placed.doc_no, 'status', placed.status_cd,
      'total', json_build_object('amount', round(placed.total_minor / 100.0, 2)::text),
      'customer', (select json_build_object('name', c.nm) from commerce.crm_customer c where c.uid = placed.cust_uid),
      'lines', json_agg(json_build_object('quantity', l.qty, 'product', json_build_object('name', p.nm)) order by l.line_no)
    )))::text
    from commerce.so_line l join commerce.md_product p on p.uid = l.product_uid where l.so_uid = placed.uid
  );
end $$;
