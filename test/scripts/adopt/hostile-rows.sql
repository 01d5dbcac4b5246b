-- Rows with the odd values of each type: smallest, largest, none, empty, infinite, before Christ, and not a number.

alter table every_type drop constraint every_type_span_check;
insert into every_type (small, any_numeric, price) values (1, null, 0.01);
insert into every_type (small, whole, large, exact, huge, any_numeric, cash, single, double_one, flag, fixed, limited, free,
  any_case, one_byte, label, day, at_time, at_time_tz, stamp, stamp_tz, span, bits, more_bits, bytes, doc, docb, markup,
  search, unique_id, host, network, machine, place, years, parts, state, shade, price, mail, tags, numbers, states, docs,
  flags)
values
  (1, -2147483648, -9223372036854775808, -49999999.99, -9999999999999999999999999999.999999999999, 'NaN',
   -92233720368547758.08, '-Infinity', '-Infinity', true, 'a', '', '', '', '', '', '-infinity', '00:00', '00:00+15:59:59',
   '-infinity', null, '-178000000 years', '000', '', '', 'null', 'null', '', '', '00000000-0000-0000-0000-000000000000',
   '0.0.0.0/0', '::/0', '00:00:00:00:00:00', '(0,0)', 'empty', row('', null), 'new', 'red', 0.01, 'a@b', '{}', '{}', '{}', '{}',
   '{}'),
  (10, 2147483647, 9223372036854775807, 49999999.99, 9999999999999999999999999999.999999999999,
   12345678901234567890123456789.123456789012345678901234567890, 92233720368547758.07, 'Infinity', 'Infinity', false, 'äöü',
   repeat('😀', 40), 'ÄÖÜ ß ı İ', repeat('1 MB of text ', 80660), 'x', 'name', 'infinity', '24:00', '24:00-15:59:59',
   'infinity', 'infinity', '178000000 years', '111', '11111111', '\x00ff', '{"a": [1, null, "x"]}', '{"a": {"b": 1.5}}',
   '<a>é</a>', 'text', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'ffff::ffff/128', '10.0.0.0/8', 'ff:ff:ff:ff:ff:ff',
   '(1e300,NaN)', '[1,10)', row('street "quoted"', 'city'), '2nd try', 'RED', 9999999999.99, 'ÜMLAUT@Example.com',
   array['', null, 'NULL', '{a,"b"}', '\'], array[1, null, -2147483648], array['in progress', null, 'true']::sales.order_state[],
   array['[1, [2]]', null, 'null', '"x"']::jsonb[], array[true, null, false]),
  (5, 0, 0, 0.10, 0.000000000001, 'Infinity', 0.01, 'NaN', 'NaN', true, 'ab', '%_\''";--', E'\n\t\u0001', '<script>', '"',
   '''', '0044-03-15 BC', '23:59:59.999999', '12:00:00.000001+05:30', '0044-03-15 12:00:00 BC', '0044-03-15 12:00:00+00 BC',
   '1 year 2 months -3 days 4 hours 5 minutes 6.789 seconds', '101', '1', '\x', '[]', '[]', '<a/>', 'a:1A', gen_random_uuid(),
   '192.0.2.1', '192.0.2.1', '08:00:2b:01:02:03', null, '(,)', null, 'true', 'Red', 1.10, 'a@B', array[array['a', 'b'], array['c', null]],
   array[array[1, 2]], null, null, null),
  (5, 1, 1, null, null, '-Infinity', 1234.50, 0.1, 0.1, true, null, null, null, null, null, null, '10000-01-01', '14:30:00.5', '14:30:00-08',
   '10000-01-02', '10000-01-01 00:00:00+00', '-00:00:00.5', null, null, null, '"text"', '1e400', null, null, null, null, null, null, null, null,
   null, 'in progress', null, 1, null, array[null]::text[], null, null, null, null),
  (6, 1, 1, null, null, 0.1, null, '1e-45', 5e-324, true, null, null, null, null, null, null, '5874897-12-31', null, null,
   '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999+00', '00:00', null, null, null, '12345678901234567890', '12345678901234567890', null, null, null, null, null,
   null, null, null, null, 'DONE', null, 2, null, null, null, null, null, null),
  (7, 1, 1, null, null, 0.10, null, '3.4028235e38', 1.7976931348623157e308, true, null, null, null, null, null, null, '4713-01-01 BC', null, null,
   '4713-01-01 00:00:00 BC', '4713-01-01 00:00:00+00 BC', null, null, null, null, 'true', 'false', null, null, null, null, null,
   null, null, null, null, 'DONE', null, 3, null, null, null, null, null, null),
  (8, 1, 1, null, null, -0.0, null, '-0', '-0', true, null, null, null, null, null, null, '0001-01-01', null, null,
   '2026-01-01 00:00:00.000001', '2026-01-01 00:00:00.001+00', null, null, null, null, null, null, null, null, null, null, null,
   null, null, null, null, 'new', null, 4, null, null, null, null, null, null),
  (8, 1, 1, null, null, 1e30, null, 1, 1, true, null, null, null, null, null, null, '9999-12-31', null, null,
   '2026-01-01 00:00:00.000002', '2026-01-01 00:00:00.002+00', null, null, null, null, null, null, null, null, null, null, null,
   null, null, null, null, 'new', null, 4, null, null, null, null, null, null),
  (8, 1, 1, null, null, -1e30, null, 1, 1, true, null, null, null, null, null, null, '2026-02-28', null, null,
   '2026-01-01 00:00:00.000003', '2026-01-01 00:00:00.003+00', null, null, null, null, null, null, null, null, null, null, null,
   null, null, null, null, 'new', null, 4, null, null, null, null, null, null);

insert into "Query" values (1, 'select', 'a b', 2, '2nd', 'proto', 'made', 'desc', '日', 'mix', 3, 4);
insert into "Query" ("Id") values (-2147483648), (2147483647);
insert into "Mutation" values (0);
insert into "Node" values (1, 2, 'node'), (2, 1, null), (3, 1, '');
insert into "日本語" values (1);
insert into "Order" values (1, 10), (2, 9), (3, -1);
insert into orders values (1, 1), (2, 2), (3, null), (4, 3);
insert into type values (1, 'type', 'Query'), (2, null, null);
insert into api_key values (gen_random_uuid()), (gen_random_uuid());
insert into "it's ""quoted""" values (1, 'it''s', '\', '$1');

insert into sales.customer values ('', '', null, null, null, null), ('a/b "c", []', 'same', 'x@y', '1', '0001-01-01 BC', 'n'),
  ('ä😀', 'same', 'X@y', null, 'infinity', null), ('b', 'zzz', null, null, '1999-12-31', null);
insert into sales.country values ('de', 'Germany'), ('a ', 'A');
insert into sales."order" values (1, 1, '', null, 'b', 'de', 'new', '-infinity'), (1, -2147483648, 'b', 'b', 'b', 'a ', '2nd try', 'infinity'),
  (2, 1, 'b', '', null, null, 'true', '0044-03-15 12:00:00+00 BC'), (2, 2, 'ä😀', null, null, null, 'in progress', '2026-01-01 00:00:00.123456+00'),
  (2, 3, 'ä😀', null, null, null, 'DONE', '2026-01-01 00:00:00.123457+00');
insert into sales.order_line values (1, 1, 1, 1, 0.01, null), (1, 1, 2, 2147483647, 9999999999.99, 1), (2, 2, 1, 1, 1, null);
insert into sales.label (name) values ('one'), ('two'), ('');
insert into sales.order_label values (1, 1, 1), (1, 1, 2), (2, 2, 1);
insert into sales.friendship values ('b', '', '-infinity', null, null, null, null), ('', 'b', '2026-01-01', 1.50, array['B', null], '16:30', 'NaN'),
  ('b', 'b', 'infinity', -0.05, '{}', '24:00', 0.1);
insert into sales.profile values ('b', null), ('', 'about');
insert into customer (sales_code) values ('b'), (null);
insert into person values (1, null, null, null, null), (2, 1, null, 1, 1), (3, 1, 2, 3, 2), (4, 1, 2, 1, null);
insert into no_key values ('a', '-infinity'), (null, null), (null, null);
insert into only_unique values ('', null), ('b', 'x');
insert into only_strange values (1, '(1,2)');
insert into measurement values ('2025-01-01 00:00:00.000001+00', 1, 'NaN'), ('2025-01-01 00:00:00.000002+00', 1, 'Infinity'),
  ('2025-01-01 00:00:00.000003+00', 1, null), ('2026-06-01 00:00:00+00', 2, 1.5), ('2026-06-01 00:00:00+00', 1, 0);
insert into vehicle values (1, 4);
insert into car values (2, 4, 5);
insert into guarded values (1, current_user), (2, 'nobody');
insert into wide (id, column_1, column_2, column_3) values (1, 2147483647, 'infinity', 'NaN'), (2, null, null, null);
refresh materialized view order_totals;
