-- Everything here can be run again. Two processes that start at once wait for each other.
select pg_advisory_xact_lock(hashtext('frontdoor warehouse'));

create schema if not exists staging;
create schema if not exists sales;

-- How far the warehouse has followed the feed of events; null before the first load.
create table if not exists staging.checkpoint (
  is_only boolean primary key default true check (is_only),
  position text,
  moved_at timestamptz
);
insert into staging.checkpoint default values on conflict do nothing;

-- The objects of the API as they were last read.
create table if not exists staging.source (
  id text primary key,
  body jsonb not null,
  type text not null generated always as (body ->> '__typename') stored
);
create index if not exists source_type on staging.source (type);

create or replace view staging.product as
select
  product.id as product_id,
  product.body ->> 'sku' as sku,
  product.body ->> 'name' as name,
  category.body ->> 'name' as category,
  supplier.body ->> 'name' as supplier,
  supplier.body ->> 'country' as supplier_country,
  (product.body -> 'unitPrice' ->> 'amount')::numeric as unit_price,
  product.body -> 'unitPrice' ->> 'currency' as currency,
  (product.body ->> 'discontinued')::boolean as is_discontinued
from staging.source product
left join staging.source category on category.id = product.body -> 'category' ->> 'id'
left join staging.source supplier on supplier.id = product.body -> 'supplier' ->> 'id'
where product.type = 'Product';

create or replace view staging.customer as
select
  id as customer_id,
  body ->> 'code' as code,
  body ->> 'name' as name,
  body ->> 'kind' as kind,
  body ->> 'country' as country
from staging.source
where type = 'Customer';

create or replace view staging.order_line as
select
  line ->> 'id' as order_line_id,
  source.id as order_id,
  (source.body ->> 'number')::integer as order_number,
  source.body ->> 'status' as order_status,
  (source.body ->> 'placedAt')::timestamptz as placed_at,
  source.body -> 'customer' ->> 'id' as customer_id,
  line -> 'product' ->> 'id' as product_id,
  source.body ->> 'currency' as currency,
  (line ->> 'quantity')::integer as quantity,
  (line ->> 'quantity')::integer * (line -> 'unitPrice' ->> 'amount')::numeric as gross,
  (line -> 'total' ->> 'amount')::numeric as net
from staging.source
cross join lateral jsonb_array_elements(source.body -> 'lines') as line
where source.type = 'Order';

-- Which object names which other.
create or replace view staging.reference as
select id, body -> 'category' ->> 'id' as refers_to from staging.source where type = 'Product'
union all
select id, body -> 'supplier' ->> 'id' from staging.source where type = 'Product'
union all
select id, body -> 'customer' ->> 'id' from staging.source where type = 'Order'
union all
select order_id, product_id from staging.order_line;

-- The versions of a product, one after the other without a gap: the first is valid from the beginning of time.
create table if not exists sales.dim_product (
  product_key bigint generated always as identity primary key,
  product_id text not null,
  sku text not null,
  name text not null,
  category text,
  supplier text,
  supplier_country text,
  unit_price numeric not null,
  currency text not null,
  is_discontinued boolean not null,
  valid_from timestamptz not null,
  valid_to timestamptz not null default 'infinity',
  unique (product_id, valid_from),
  unique (product_id, valid_to),
  check (valid_from < valid_to)
);

-- Code and name are those of now in every version, since an erasure must reach all of them.
create table if not exists sales.dim_customer (
  customer_key bigint generated always as identity primary key,
  customer_id text not null,
  code text not null,
  name text not null,
  kind text not null,
  country text not null,
  valid_from timestamptz not null,
  valid_to timestamptz not null default 'infinity',
  unique (customer_id, valid_from),
  unique (customer_id, valid_to),
  check (valid_from < valid_to)
);

-- Days in UTC.
create table if not exists sales.dim_date (
  date_key integer primary key,
  day date not null unique,
  year integer not null,
  quarter integer not null,
  month integer not null,
  iso_week integer not null,
  weekday integer not null
);

-- One row for each line of an order. `discount` is what `net` is less than `gross`, with the rounding of the line.
create table if not exists sales.fact_order_line (
  order_line_id text primary key,
  order_id text not null,
  order_number integer not null,
  order_status text not null,
  is_cancelled boolean not null generated always as (order_status = 'CANCELLED') stored,
  placed_at timestamptz not null,
  date_key integer not null references sales.dim_date,
  product_key bigint not null references sales.dim_product,
  -- Null where the key of the API sees no customers.
  customer_key bigint references sales.dim_customer,
  currency text not null,
  quantity integer not null,
  gross numeric not null,
  discount numeric not null,
  net numeric not null
);
create index if not exists fact_order_line_order on sales.fact_order_line (order_id);
create index if not exists fact_order_line_product on sales.fact_order_line (product_key);
create index if not exists fact_order_line_customer on sales.fact_order_line (customer_key);
create index if not exists fact_order_line_date on sales.fact_order_line (date_key);
