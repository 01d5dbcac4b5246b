-- Locks are taken in the order of `pf_feed_advance`, the outbox before `pf_feed`: the other order made deadlocks, of which
-- the feed was the victim. Without work nothing is locked, and under the lock no partition is scanned.
-- Semicolons in functions are written \073, since the driver adapter sends a migration cut at each one.
CREATE OR REPLACE FUNCTION "platform"."pf_outbox_partition"(keep_days integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET timezone = 'UTC' SET lock_timeout = '2s' AS E'DECLARE
    width CONSTANT integer := greatest(1, least(30, coalesce(nullif(keep_days, 0), 360) / 12))\073
    -- The first day that is kept.
    kept CONSTANT date := CASE WHEN keep_days > 0 THEN current_date - keep_days ELSE \'-infinity\' END\073
    part record\073
    part_name text\073
    is_waiting boolean\073
    highest bigint\073
    first_day date\073
    dropped integer := 0\073
BEGIN
    -- Processes take turns: of two that hold a share of the outbox, neither could get the whole.
    PERFORM pg_advisory_xact_lock(\'platform.pf_outbox\'::regclass::bigint)\073
    IF EXISTS (
            SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = \'platform.pf_outbox\'::regclass AND c.relname ~ \'^pf_outbox_[0-9]{8}_[0-9]{8}$\'
                AND to_date(right(c.relname, 8), \'YYYYMMDD\') > current_date + 2
        )
        AND NOT EXISTS (
            SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = \'platform.pf_outbox\'::regclass AND c.relname ~ \'^pf_outbox_[0-9]{8}_[0-9]{8}$\'
                AND to_date(right(c.relname, 8), \'YYYYMMDD\') <= kept
        )
        AND NOT EXISTS (SELECT FROM platform.pf_outbox_rest WHERE occurred_ts < kept AND feed_pos IS NOT NULL)
    THEN
        RETURN 0\073
    END IF\073
    LOCK TABLE platform.pf_outbox IN ACCESS EXCLUSIVE MODE\073
    PERFORM 1 FROM platform.pf_feed FOR UPDATE\073
    FOR part IN
        SELECT c.relname AS name
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = \'platform.pf_outbox\'::regclass AND c.relname ~ \'^pf_outbox_[0-9]{8}_[0-9]{8}$\'
            AND to_date(right(c.relname, 8), \'YYYYMMDD\') <= kept
    LOOP
        EXECUTE format(\'SELECT EXISTS (SELECT FROM platform.%1$I WHERE feed_pos IS NULL),
            (SELECT coalesce(max(feed_pos), 0) FROM platform.%1$I)\', part.name)
        INTO is_waiting, highest\073
        CONTINUE WHEN is_waiting\073
        UPDATE platform.pf_feed SET dropped_pos = greatest(dropped_pos, highest)\073
        EXECUTE format(\'DROP TABLE platform.%I\', part.name)\073
        dropped := dropped + 1\073
    END LOOP\073
    WITH gone AS (
        DELETE FROM platform.pf_outbox_rest WHERE occurred_ts < kept AND feed_pos IS NOT NULL RETURNING feed_pos
    )
    UPDATE platform.pf_feed SET dropped_pos = greatest(dropped_pos, (SELECT max(feed_pos) FROM gone))
    WHERE EXISTS (SELECT FROM gone)\073
    SELECT coalesce(max(to_date(right(c.relname, 8), \'YYYYMMDD\')), current_date) INTO first_day
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = \'platform.pf_outbox\'::regclass AND c.relname ~ \'^pf_outbox_[0-9]{8}_[0-9]{8}$\'\073
    -- After a pause some events are in the partition for the rest: the next one begins behind them.
    SELECT greatest(first_day, coalesce(max(occurred_ts)::date + 1, first_day)) INTO first_day FROM platform.pf_outbox_rest\073
    WHILE first_day <= current_date + 2 LOOP
        part_name := format(\'pf_outbox_%s_%s\', to_char(first_day, \'YYYYMMDD\'), to_char(first_day + width, \'YYYYMMDD\'))\073
        EXECUTE format(\'CREATE TABLE platform.%I (LIKE platform.pf_outbox INCLUDING DEFAULTS)\', part_name)\073
        EXECUTE format(\'ALTER TABLE platform.pf_outbox ATTACH PARTITION platform.%I FOR VALUES FROM (%L) TO (%L)\',
            part_name, first_day::timestamptz, (first_day + width)::timestamptz)\073
        first_day := first_day + width\073
    END LOOP\073
    RETURN dropped\073
END';
