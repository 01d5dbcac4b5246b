-- From staging into the star, for the objects in the temporary table `changed (id, at)`. To run it twice changes nothing.

-- A product is another one too where its category or its supplier is.
create temporary table affected on commit drop as
select id, max(at) as at
from (
  select id, at from changed
  union all
  select reference.id, changed.at
  from changed
  join staging.source part on part.id = changed.id and part.type in ('Category', 'Supplier')
  join staging.reference on reference.refers_to = part.id
) as one
group by id;

-- Dimensions: a version with other values ends, and the next one begins where it ended.
update sales.dim_product version
set valid_to = greatest(affected.at, version.valid_from + interval '1 microsecond')
from affected
join staging.product latest on latest.product_id = affected.id
where version.product_id = latest.product_id
  and version.valid_to = 'infinity'
  and (version.sku, version.name, version.category, version.supplier, version.supplier_country, version.unit_price,
       version.currency, version.is_discontinued)
    is distinct from
      (latest.sku, latest.name, latest.category, latest.supplier, latest.supplier_country, latest.unit_price,
       latest.currency, latest.is_discontinued);

insert into sales.dim_product
  (product_id, sku, name, category, supplier, supplier_country, unit_price, currency, is_discontinued, valid_from)
select latest.*, coalesce(
  (select max(valid_to) from sales.dim_product ended where ended.product_id = latest.product_id), '-infinity')
from affected
join staging.product latest on latest.product_id = affected.id
where not exists (
  select from sales.dim_product version where version.product_id = latest.product_id and version.valid_to = 'infinity');

update sales.dim_customer version
set valid_to = greatest(affected.at, version.valid_from + interval '1 microsecond')
from affected
join staging.customer latest on latest.customer_id = affected.id
where version.customer_id = latest.customer_id
  and version.valid_to = 'infinity'
  and (version.kind, version.country) is distinct from (latest.kind, latest.country);

insert into sales.dim_customer (customer_id, code, name, kind, country, valid_from)
select latest.*, coalesce(
  (select max(valid_to) from sales.dim_customer ended where ended.customer_id = latest.customer_id), '-infinity')
from affected
join staging.customer latest on latest.customer_id = affected.id
where not exists (
  select from sales.dim_customer version where version.customer_id = latest.customer_id and version.valid_to = 'infinity');

-- What names a person is the same in all versions: an erasure must reach those of before, and its end too.
update sales.dim_customer version
set code = latest.code, name = latest.name
from affected
join staging.customer latest on latest.customer_id = affected.id
where version.customer_id = latest.customer_id
  and (version.code, version.name) is distinct from (latest.code, latest.name);

-- Facts: lines that are no longer there go, all others get the values of now.
delete from sales.fact_order_line fact
using changed
where fact.order_id = changed.id
  and not exists (
    select from staging.order_line line
    where line.order_id = fact.order_id and line.order_line_id = fact.order_line_id);

insert into sales.dim_date (date_key, day, year, quarter, month, iso_week, weekday)
select distinct to_char(day, 'YYYYMMDD')::integer, day, extract(year from day), extract(quarter from day),
  extract(month from day), extract(week from day), extract(isodow from day)
from changed
join staging.order_line line on line.order_id = changed.id
cross join lateral (select (line.placed_at at time zone 'UTC')::date) as placed (day)
on conflict do nothing;

-- The versions are those of the moment of the order. A line without a product fails here, and is never left out.
insert into sales.fact_order_line
  (order_line_id, order_id, order_number, order_status, placed_at, date_key, product_key, customer_key, currency, quantity,
   gross, discount, net)
select line.order_line_id, line.order_id, line.order_number, line.order_status, line.placed_at,
  to_char(line.placed_at at time zone 'UTC', 'YYYYMMDD')::integer, product.product_key, customer.customer_key,
  line.currency, line.quantity, line.gross, line.gross - line.net, line.net
from changed
join staging.order_line line on line.order_id = changed.id
left join sales.dim_product product
  on product.product_id = line.product_id and line.placed_at >= product.valid_from and line.placed_at < product.valid_to
left join sales.dim_customer customer
  on customer.customer_id = line.customer_id
  and line.placed_at >= customer.valid_from and line.placed_at < customer.valid_to
on conflict (order_line_id) do update
set order_status = excluded.order_status, product_key = excluded.product_key, customer_key = excluded.customer_key,
  quantity = excluded.quantity, gross = excluded.gross, discount = excluded.discount, net = excluded.net;

-- A version may begin before an order that is here already.
update sales.fact_order_line fact
set product_key = version.product_key
from affected
join sales.dim_product version on version.product_id = affected.id
join sales.dim_product other on other.product_id = version.product_id and other.product_key <> version.product_key
where fact.product_key = other.product_key
  and fact.placed_at >= version.valid_from and fact.placed_at < version.valid_to;

update sales.fact_order_line fact
set customer_key = version.customer_key
from affected
join sales.dim_customer version on version.customer_id = affected.id
join sales.dim_customer other on other.customer_id = version.customer_id and other.customer_key <> version.customer_key
where fact.customer_key = other.customer_key
  and fact.placed_at >= version.valid_from and fact.placed_at < version.valid_to;
