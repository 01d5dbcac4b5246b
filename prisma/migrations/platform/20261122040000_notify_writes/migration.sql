-- Tells whoever keeps answers that rows of a table were written, by whatever wrote them, when it is committed. Of equal
-- notifications of one transaction PostgreSQL sends one.
-- Its semicolons are written \073, since the driver adapter sends a migration cut at each one.
CREATE FUNCTION "platform"."pf_notify_write"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN
    PERFORM pg_notify(\'frontdoor_writes\', format(\'"%s"."%s"\', TG_TABLE_SCHEMA, TG_TABLE_NAME))\073
    RETURN NULL\073
END';
