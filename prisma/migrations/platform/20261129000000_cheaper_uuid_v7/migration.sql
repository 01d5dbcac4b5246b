-- Without a setting of its own, the function becomes a part of the statement that calls it, at a quarter of the cost. Its
-- names are qualified instead.
CREATE OR REPLACE FUNCTION "platform"."pf_uuid_v7"() RETURNS uuid LANGUAGE sql VOLATILE AS '
    SELECT pg_catalog.encode(pg_catalog.set_bit(pg_catalog.set_bit(pg_catalog.overlay(pg_catalog.uuid_send(pg_catalog.gen_random_uuid()),
        pg_catalog.substring(pg_catalog.int8send((pg_catalog.date_part(''epoch'', pg_catalog.clock_timestamp())
            OPERATOR(pg_catalog.*) 1000)::pg_catalog.int8), 3), 1, 6), 52, 1), 53, 1), ''hex'')::pg_catalog.uuid';
