-- Positions are given without a join of the outbox with itself: the place of an event is that of its `pos` in a sorted array.
-- Semicolons in functions are written \073, since the driver adapter sends a migration cut at each one.
CREATE OR REPLACE FUNCTION "platform"."pf_feed_advance"() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET enable_seqscan = off AS E'DECLARE
    highest bigint\073
    waiting bigint[]\073
    moved integer\073
BEGIN
    IF NOT EXISTS (SELECT FROM platform.pf_outbox WHERE feed_pos IS NULL) THEN
        RETURN (SELECT last_pos FROM platform.pf_feed)\073
    END IF\073
    SELECT last_pos INTO highest FROM platform.pf_feed FOR UPDATE\073
    waiting := ARRAY(SELECT pos FROM platform.pf_outbox WHERE feed_pos IS NULL ORDER BY pos LIMIT 2000)\073
    moved := cardinality(waiting)\073
    IF moved = 0 THEN
        RETURN highest\073
    END IF\073
    -- Events that were committed between the two statements wait for the next call.
    UPDATE platform.pf_outbox SET feed_pos = highest + width_bucket(pos, waiting)
    WHERE feed_pos IS NULL AND pos <= waiting[moved] AND waiting[width_bucket(pos, waiting)] = pos\073
    UPDATE platform.pf_feed SET last_pos = highest + moved\073
    PERFORM pg_notify(\'frontdoor_events\', (highest + moved)::text)\073
    RETURN highest + moved\073
END';
