-- Positions leave the outbox: a row of it is never updated. A run is a row for up to 256 events whose `pos` and whose
-- positions both follow one another. While nothing is rolled back, one call of `pf_feed_advance` makes one or a few of them.
-- Semicolons in functions are written \073, since the driver adapter sends a migration cut at each one.
CREATE TABLE "platform"."pf_feed_run" (
    "last_pos" BIGINT NOT NULL,
    "first_pos" BIGINT NOT NULL,
    "first_written" BIGINT NOT NULL,
    "last_written" BIGINT NOT NULL,
    "oldest_ts" TIMESTAMPTZ(3) NOT NULL,
    "newest_ts" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "pf_feed_run_pkey" PRIMARY KEY ("last_pos")
);

-- Finds the end of what is dropped.
CREATE INDEX "pf_feed_run_oldest_ix" ON "platform"."pf_feed_run" USING brin ("oldest_ts") WITH (pages_per_range = 16, autosummarize = on);

INSERT INTO "platform"."pf_feed_run" ("last_pos", "first_pos", "first_written", "last_written", "oldest_ts", "newest_ts")
SELECT max(feed_pos), min(feed_pos), min(pos), max(pos), min(occurred_ts), max(occurred_ts)
FROM (
    SELECT feed_pos, pos, occurred_ts, count(*) FILTER (WHERE is_first) OVER (ORDER BY feed_pos) AS run
    FROM (
        SELECT feed_pos, pos, occurred_ts, pos IS DISTINCT FROM lag(pos) OVER (ORDER BY feed_pos) + 1
            OR feed_pos IS DISTINCT FROM lag(feed_pos) OVER (ORDER BY feed_pos) + 1 AS is_first
        FROM "platform"."pf_outbox" WHERE feed_pos IS NOT NULL
    ) e
) e GROUP BY run, pos / 256 ORDER BY 1;

-- `pos` of events that have no position: of transactions that are not committed, or rolled back. The last range has no end.
ALTER TABLE "platform"."pf_feed" ADD COLUMN "open_ids" INT8MULTIRANGE NOT NULL DEFAULT '{[1,)}';
-- Of these, the ones that no event has once every transaction before `closing_xid` has ended.
ALTER TABLE "platform"."pf_feed" ADD COLUMN "closing_ids" INT8MULTIRANGE NOT NULL DEFAULT '{}';
ALTER TABLE "platform"."pf_feed" ADD COLUMN "closing_xid" XID8;

UPDATE "platform"."pf_feed" SET "open_ids" = "open_ids" - coalesce(
    (SELECT range_agg(int8range(first_written, last_written, '[]')) FROM "platform"."pf_feed_run"), '{}');

DROP INDEX "platform"."pf_outbox_waiting_ix";
DROP INDEX "platform"."pf_outbox_feed_ix";
ALTER TABLE "platform"."pf_outbox" DROP COLUMN "feed_pos";
CREATE INDEX "pf_outbox_pos_ix" ON "platform"."pf_outbox"("pos");

-- A transaction has its id before it takes a `pos`, so that no `pos` below that of a visible event belongs to a transaction
-- that gets its id later.
ALTER TABLE "platform"."pf_outbox" ALTER COLUMN "pos"
    SET DEFAULT CASE WHEN pg_current_xact_id() IS NOT NULL THEN nextval('platform.pf_outbox_pos_seq') END;

-- The feed: events with their positions. Its order is that of (`run_pos`, `pos`). A reader who names `run_pos` beside
-- `feed_pos` finds its place by the index.
CREATE VIEW "platform"."pf_feed_event" AS
SELECT o.uid, r.first_pos + (o.pos - r.first_written) AS feed_pos, r.last_pos AS run_pos, o.pos, o.topic_nm, o.agg_type, o.agg_key,
    o.owner_type, o.owner_key, o.agg_seq, o.actor_kind, o.occurred_ts, o.doc_ver, o.event_doc
FROM "platform"."pf_feed_run" r
JOIN "platform"."pf_outbox" o ON o.pos BETWEEN r.first_written AND r.last_written AND o.occurred_ts BETWEEN r.oldest_ts AND r.newest_ts;

-- Gives positions to the events of committed transactions, in the order of writing, and tells every process. Returns the
-- highest position. One call works at a time: its second statement sees all that was committed before it had the lock, so
-- an event never gets a position below that of one that was committed earlier and happened to the same row before.
CREATE OR REPLACE FUNCTION "platform"."pf_feed_advance"() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET enable_seqscan = off AS E'DECLARE
    most CONSTANT integer := 2000\073
    feed platform.pf_feed\073
    placed int8multirange\073
    moved bigint\073
    horizon xid8\073
    is_fresh boolean\073
BEGIN
    IF NOT EXISTS (
        SELECT FROM platform.pf_feed f CROSS JOIN unnest(f.open_ids) AS ids
        JOIN platform.pf_outbox o ON o.pos >= lower(ids) AND o.pos < coalesce(upper(ids), 9223372036854775807)
    ) THEN
        RETURN (SELECT last_pos FROM platform.pf_feed)\073
    END IF\073
    PERFORM pg_advisory_xact_lock(\'platform.pf_feed\'::regclass::bigint)\073
    is_fresh := pg_current_xact_id_if_assigned() IS NULL\073
    SELECT * INTO feed FROM platform.pf_feed FOR UPDATE\073
    WITH found AS (
        SELECT o.pos, o.occurred_ts
        FROM unnest(feed.open_ids) AS ids
        CROSS JOIN LATERAL (
            SELECT pos, occurred_ts FROM platform.pf_outbox
            WHERE pos >= lower(ids) AND pos < coalesce(upper(ids), 9223372036854775807) ORDER BY pos LIMIT most
        ) o
        ORDER BY o.pos LIMIT most
    ), run AS (
        SELECT min(pos) AS first_written, max(pos) AS last_written, min(occurred_ts) AS oldest_ts, max(occurred_ts) AS newest_ts
        FROM (SELECT pos, occurred_ts, pos - row_number() OVER (ORDER BY pos) AS run FROM found) f GROUP BY run, pos / 256
    ), written AS (
        INSERT INTO platform.pf_feed_run (last_pos, first_pos, first_written, last_written, oldest_ts, newest_ts)
        SELECT feed.last_pos + sum(last_written - first_written + 1) OVER earlier,
            feed.last_pos + sum(last_written - first_written + 1) OVER earlier - (last_written - first_written),
            first_written, last_written, oldest_ts, newest_ts
        FROM run WINDOW earlier AS (ORDER BY first_written)
        RETURNING last_pos, first_written, last_written
    )
    SELECT range_agg(int8range(first_written, last_written, \'[]\')), max(last_pos) - feed.last_pos,
        pg_snapshot_xmin(pg_current_snapshot())
    INTO placed, moved, horizon FROM written\073
    IF moved IS NULL THEN
        RETURN feed.last_pos\073
    END IF\073
    feed.open_ids := feed.open_ids - placed\073
    -- What a transaction that was rolled back has left is not looked for again. A transaction that took one of `closing_ids`
    -- had its id before this round began, so below the id that a later round gets under the lock. An id from the future is
    -- that of the database of which this one is a copy.
    IF feed.closing_xid IS NULL THEN
        IF is_fresh THEN
            feed.closing_xid := pg_current_xact_id()\073
        END IF\073
    ELSIF moved < most AND (horizon >= feed.closing_xid OR feed.closing_xid > pg_current_xact_id()) THEN
        feed.open_ids := feed.open_ids - feed.closing_ids\073
        feed.closing_ids := feed.open_ids
            * int8multirange(int8range(NULL, (SELECT max(lower(ids)) FROM unnest(feed.open_ids) AS ids)))\073
        feed.closing_xid := NULL\073
    END IF\073
    UPDATE platform.pf_feed SET last_pos = feed.last_pos + moved, open_ids = feed.open_ids,
        closing_ids = feed.closing_ids, closing_xid = feed.closing_xid\073
    PERFORM pg_notify(\'frontdoor_events\', (feed.last_pos + moved)::text)\073
    RETURN feed.last_pos + moved\073
END';

-- The same for positions in runs.
CREATE OR REPLACE FUNCTION "platform"."pf_outbox_partition"(keep_days integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET timezone = 'UTC' SET lock_timeout = '2s' AS E'DECLARE
    width CONSTANT integer := greatest(1, least(30, coalesce(nullif(keep_days, 0), 360) / 12))\073
    -- The first day that is kept.
    kept CONSTANT date := CASE WHEN keep_days > 0 THEN current_date - keep_days ELSE \'-infinity\' END\073
    part record\073
    part_name text\073
    is_waiting boolean\073
    end_day date := \'-infinity\'\073
    first_day date\073
    dropped integer := 0\073
BEGIN
    -- The positions of what an earlier call has dropped: there may be many of them, and nothing waits for this.
    DELETE FROM platform.pf_feed_run WHERE last_pos <= (SELECT dropped_pos FROM platform.pf_feed)\073
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
        AND NOT EXISTS (
            SELECT FROM platform.pf_outbox_rest WHERE occurred_ts < kept AND NOT (SELECT open_ids FROM platform.pf_feed) @> pos
        )
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
        EXECUTE format(\'SELECT EXISTS (
            SELECT FROM platform.pf_feed f CROSS JOIN unnest(f.open_ids) AS ids
            JOIN platform.%I o ON o.pos >= lower(ids) AND o.pos < coalesce(upper(ids), 9223372036854775807))\', part.name)
        INTO is_waiting\073
        CONTINUE WHEN is_waiting\073
        EXECUTE format(\'DROP TABLE platform.%I\', part.name)\073
        end_day := greatest(end_day, to_date(right(part.name, 8), \'YYYYMMDD\'))\073
        dropped := dropped + 1\073
    END LOOP\073
    DELETE FROM platform.pf_outbox_rest
    WHERE occurred_ts < kept AND NOT (SELECT open_ids FROM platform.pf_feed) @> pos\073
    IF FOUND THEN
        end_day := greatest(end_day, kept)\073
    END IF\073
    UPDATE platform.pf_feed SET dropped_pos = greatest(dropped_pos,
        (SELECT max(last_pos) FROM platform.pf_feed_run WHERE oldest_ts < end_day::timestamptz))\073
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
