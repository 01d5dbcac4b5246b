-- A schema that makes every step of `npm run adopt` hard: names, types, keys and shapes that a tidy database never has.
create extension if not exists citext;
create schema sales;
create schema hidden;

create type sales.order_state as enum ('new', 'in progress', 'DONE', '2nd try', 'true');
comment on type sales.order_state is 'How far an order has come.';
create type colour as enum ('red', 'Red', 'RED');
create type address as (street text, city text);
create domain positive_amount as numeric(12, 2) check (value > 0);
create domain eur as positive_amount not null;
create domain email_text as citext check (value ~ '@');

create table every_type (
  id bigint generated always as identity primary key,
  small smallint not null, whole integer, large bigint,
  exact numeric(10, 2), huge numeric(40, 12), any_numeric numeric, cash money,
  single real, double_one double precision,
  flag boolean not null default false,
  fixed character(3), limited character varying(40), free text, any_case citext, one_byte "char", label name,
  day date, at_time time, at_time_tz time with time zone,
  stamp timestamp without time zone, stamp_tz timestamp(3) with time zone, span interval,
  bits bit(3), more_bits bit varying(8), bytes bytea,
  doc json, docb jsonb, markup xml, search tsvector,
  unique_id uuid, host inet, network cidr, machine macaddr,
  place point, years int4range, parts address, state sales.order_state, shade colour,
  price eur, mail email_text,
  tags text[], numbers integer[], states sales.order_state[], matrix integer[][], docs jsonb[], flags boolean[],
  total numeric(10, 2) generated always as (exact * 2) stored,
  dropped integer,
  constraint every_type_small_check check (small between 1 and 10),
  constraint every_type_span_check check (stamp < stamp_tz)
);
alter table every_type drop column dropped;
comment on table every_type is 'A row with "quotes", `backticks`, ${braces} and
two lines; even a comment end: */';
comment on column every_type.small is 'From 1 to 10.';
create index every_type_stamp_ix on every_type (stamp desc nulls last, id);
create index every_type_lower_ix on every_type (lower(free));
create index every_type_flag_ix on every_type (whole) where flag;
create index every_type_docb_ix on every_type using gin (docb);
create index every_type_state_ix on every_type (state);
create index every_type_pair_ix on every_type (any_numeric, small, id);
create index every_type_exact_ix on every_type (exact);
create index every_type_cash_ix on every_type (cash);
create index every_type_single_ix on every_type (single);
create index every_type_double_ix on every_type (double_one);
create index every_type_day_ix on every_type (day);
create index every_type_time_ix on every_type (at_time);
create index every_type_tz_ix on every_type (at_time_tz);
create index every_type_stamp_tz_ix on every_type (stamp_tz);
create index every_type_span_ix on every_type (span);
create index every_type_network_ix on every_type (network);
create index every_type_mail_ix on every_type (mail);
create index every_type_price_ix on every_type (price);
create index every_type_fixed_ix on every_type (fixed);
create index every_type_byte_ix on every_type (one_byte);
create index every_type_large_ix on every_type (large);

create table "Query" ("Id" integer primary key, "SELECT" text, "a column with spaces" text, "größe" integer,
  "2nd" text, "__proto__" text, "constructor" text, "desc" text, "日本" text, "snake_Case_MIX" text, "aB" int, a_b int);
create table "Mutation" (id integer primary key);
create table "Node" (id integer primary key, "order" integer not null, "node" text);
create table "日本語" (id integer primary key);
create table "Order" (id integer primary key, "order" integer not null unique);
create table orders (id integer primary key, "order" integer references "Order");
create table "order_filter" (id integer primary key);
create table type (id integer primary key, type text, "__typename" text);
create table "PageInfo" (id integer primary key);
create table api_key (id uuid primary key);
create table series (id integer primary key, name text);
create table "it's ""quoted""" (id integer primary key, "it's" text, "back\slash" text, "dollar$" text);

create table sales.customer (
  code text primary key, name text not null, email text unique, phone_number text, date_of_birth date, note text
);
create index customer_name_ix on sales.customer (name);
create table sales.country (iso char(2) primary key, name text not null unique);
create table sales."order" (
  region integer, number integer, customer_code text not null references sales.customer on delete cascade,
  bill_to text references sales.customer, ship_to text references sales.customer,
  country char(2) references sales.country, state sales.order_state not null default 'new',
  placed_at timestamptz not null default now(), primary key (region, number)
);
create index order_customer_ix on sales."order" (customer_code);
create table sales.order_line (
  region integer, number integer, position integer, quantity integer not null check (quantity > 0),
  price positive_amount not null, replaces_position integer,
  primary key (region, number, position),
  foreign key (region, number) references sales."order" on delete cascade,
  foreign key (region, number, replaces_position) references sales.order_line
);
create table sales.label (id serial primary key, name text not null unique);
create table sales.order_label (
  region integer, number integer, label_id integer references sales.label,
  primary key (region, number, label_id), foreign key (region, number) references sales."order"
);
create table sales.friendship (
  one text references sales.customer, other text references sales.customer, since date not null, primary key (one, other),
  warmth numeric(4, 2), names text[], tea_at time, met double precision
);
create table sales.profile (customer_code text primary key references sales.customer, about text);
create table customer (id serial primary key, sales_code text references sales.customer);

create table person (
  id integer primary key, mother_id integer references person, father_id integer references person,
  "managerId" integer references person (id), best_friend integer unique references person
);
create index person_mother_ix on person (mother_id);

create table no_key (name text, at timestamptz);
create table only_unique (code text not null unique, name text);
create table nullable_unique (code text unique, name text);
create table no_columns ();
create table only_strange (id integer primary key, place point);
create table key_of_strange (place int4range primary key, name text);

create table measurement (at timestamptz not null, sensor integer not null, value double precision, primary key (at, sensor))
  partition by range (at);
create table measurement_2025 partition of measurement for values from ('2025-01-01') to ('2026-01-01');
create table measurement_2026 partition of measurement for values from ('2026-01-01') to ('2027-01-01');
create table vehicle (id integer primary key, wheels integer);
create table car (doors integer) inherits (vehicle);

create view customer_overview as
  select c.code, c.name, count(o.number) as orders from sales.customer c left join sales."order" o on o.customer_code = c.code
  group by c.code, c.name;
comment on view customer_overview is 'Customers with the number of their orders.';
create materialized view order_totals as
  select region, number, sum(quantity * price) as total from sales.order_line group by region, number;
create unique index order_totals_key on order_totals (region, number);

create table hidden.secret (id integer primary key, words text);
create table guarded (id integer primary key, owner_name text);
alter table guarded enable row level security;
create policy guarded_owner on guarded using (owner_name = current_user);

do $$ begin
  execute 'create table wide (id integer primary key, ' ||
    (select string_agg(format('column_%s %s', n, (array['text', 'integer', 'timestamptz', 'numeric(10,2)'])[n % 4 + 1]), ', ')
     from generate_series(1, 59) n) || ')';
end $$;
