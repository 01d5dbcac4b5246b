-- The outbox becomes the feed of events. It names rows by model and key, as text. An event gets its position in the feed
-- after its transaction is committed. Partitions by age make it cheap to drop old events.
-- Semicolons in functions are written \073, since the driver adapter sends a migration cut at each one.

-- The feed as a whole: one row.
CREATE TABLE "platform"."pf_feed" (
    "feed_nm" TEXT NOT NULL,
    "last_pos" BIGINT NOT NULL DEFAULT 0,
    "dropped_pos" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "pf_feed_pkey" PRIMARY KEY ("feed_nm")
);

ALTER TABLE "platform"."pf_outbox" RENAME TO "pf_outbox_before";
ALTER TABLE "platform"."pf_outbox_before" RENAME CONSTRAINT "pf_outbox_pkey" TO "pf_outbox_before_pkey";
DROP INDEX "platform"."pf_outbox_pos_key";
DROP INDEX "platform"."pf_outbox_agg_key";

CREATE TABLE "platform"."pf_outbox" (
    "uid" UUID NOT NULL,
    "pos" BIGINT NOT NULL DEFAULT nextval('platform.pf_outbox_pos_seq'),
    "feed_pos" BIGINT,
    "topic_nm" TEXT NOT NULL,
    "agg_type" TEXT NOT NULL,
    "agg_key" TEXT NOT NULL,
    "owner_type" TEXT,
    "owner_key" TEXT,
    "agg_seq" INTEGER NOT NULL,
    "actor_kind" TEXT NOT NULL,
    "actor_id" TEXT,
    "occurred_ts" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "doc_ver" INTEGER NOT NULL DEFAULT 1,
    "event_doc" JSONB NOT NULL,

    CONSTRAINT "pf_outbox_pkey" PRIMARY KEY ("uid", "occurred_ts")
) PARTITION BY RANGE ("occurred_ts");

-- For events that no other partition takes, so that no write ever fails for want of one.
CREATE TABLE "platform"."pf_outbox_rest" PARTITION OF "platform"."pf_outbox" DEFAULT;

ALTER SEQUENCE "platform"."pf_outbox_pos_seq" OWNED BY "platform"."pf_outbox"."pos";

-- Owners were customers, the only kind of owner so far.
INSERT INTO "platform"."pf_outbox" ("uid", "pos", "feed_pos", "topic_nm", "agg_type", "agg_key", "owner_type", "owner_key",
    "agg_seq", "actor_kind", "actor_id", "occurred_ts", "doc_ver", "event_doc")
SELECT "uid", "pos", row_number() OVER (ORDER BY "pos"), "topic_nm", "agg_type", "agg_uid"::text,
    CASE WHEN "owner_uid" IS NOT NULL THEN 'Customer' END, "owner_uid"::text,
    "agg_seq", "actor_kind", "actor_id", "occurred_ts", "doc_ver", "event_doc"
FROM "platform"."pf_outbox_before";

INSERT INTO "platform"."pf_feed" ("feed_nm", "last_pos") SELECT 'events', count(*) FROM "platform"."pf_outbox_before";

DROP TABLE "platform"."pf_outbox_before";

-- CreateIndex
CREATE INDEX "pf_outbox_agg_ix" ON "platform"."pf_outbox"("agg_type", "agg_key", "agg_seq");

-- CreateIndex
CREATE INDEX "pf_outbox_feed_ix" ON "platform"."pf_outbox"("feed_pos");

-- Finds the events without a position, however many there are with one.
CREATE INDEX "pf_outbox_waiting_ix" ON "platform"."pf_outbox"("pos") WHERE "feed_pos" IS NULL;

-- Makes the partitions of the next days, and drops those whose events are older than `keep_days` (0 keeps all). Its right is
-- that of the tables' owner. Partitions are named by their first and last day in UTC, the last one exclusive.
CREATE FUNCTION "platform"."pf_outbox_partition"(keep_days integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET timezone = 'UTC' SET lock_timeout = '2s' AS E'DECLARE
    width CONSTANT integer := greatest(1, least(30, coalesce(nullif(keep_days, 0), 360) / 12))\073
    part record\073
    part_name text\073
    waiting bigint\073
    highest bigint\073
    first_day date\073
    dropped integer := 0\073
BEGIN
    PERFORM 1 FROM platform.pf_feed FOR UPDATE\073
    FOR part IN
        SELECT c.relname AS name
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = \'platform.pf_outbox\'::regclass AND c.relname ~ \'^pf_outbox_[0-9]{8}_[0-9]{8}$\'
            AND keep_days > 0 AND to_date(right(c.relname, 8), \'YYYYMMDD\') <= current_date - keep_days
    LOOP
        EXECUTE format(\'SELECT count(*) FILTER (WHERE feed_pos IS NULL), coalesce(max(feed_pos), 0) FROM platform.%I\', part.name)
        INTO waiting, highest\073
        CONTINUE WHEN waiting > 0\073
        UPDATE platform.pf_feed SET dropped_pos = greatest(dropped_pos, highest)\073
        EXECUTE format(\'DROP TABLE platform.%I\', part.name)\073
        dropped := dropped + 1\073
    END LOOP\073
    IF keep_days > 0 THEN
        WITH gone AS (
            DELETE FROM platform.pf_outbox_rest
            WHERE occurred_ts < current_date - keep_days AND feed_pos IS NOT NULL RETURNING feed_pos
        )
        UPDATE platform.pf_feed SET dropped_pos = greatest(dropped_pos, (SELECT max(feed_pos) FROM gone))
        WHERE EXISTS (SELECT FROM gone)\073
    END IF\073
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

-- Gives positions to the events of committed transactions, in the order of writing, and tells every process. Returns the
-- highest position. One call works at a time: its second statement sees all that was committed before it had the lock, so
-- an event never gets a position below that of one that was committed earlier and happened to the same row before.
CREATE FUNCTION "platform"."pf_feed_advance"() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS E'DECLARE
    highest bigint\073
    moved bigint\073
BEGIN
    IF NOT EXISTS (SELECT FROM platform.pf_outbox WHERE feed_pos IS NULL) THEN
        RETURN (SELECT last_pos FROM platform.pf_feed)\073
    END IF\073
    SELECT last_pos INTO highest FROM platform.pf_feed FOR UPDATE\073
    WITH waiting AS (
        SELECT uid, occurred_ts, row_number() OVER (ORDER BY pos) AS place
        FROM (SELECT uid, occurred_ts, pos FROM platform.pf_outbox WHERE feed_pos IS NULL ORDER BY pos LIMIT 2000) first_ones
    ), placed AS (
        UPDATE platform.pf_outbox o SET feed_pos = highest + w.place
        FROM waiting w WHERE o.uid = w.uid AND o.occurred_ts = w.occurred_ts RETURNING 1
    )
    SELECT count(*) INTO moved FROM placed\073
    IF moved = 0 THEN
        RETURN highest\073
    END IF\073
    UPDATE platform.pf_feed SET last_pos = highest + moved\073
    PERFORM pg_notify(\'frontdoor_events\', (highest + moved)::text)\073
    RETURN highest + moved\073
END';

-- A UUID of version 7 (RFC 9562): PostgreSQL has one since version 18 only.
CREATE FUNCTION "platform"."pf_uuid_v7"() RETURNS uuid LANGUAGE sql VOLATILE SET search_path = pg_catalog AS '
    SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1),
        ''hex'')::uuid';

-- The public id of a row: a prefix and the UUID in Crockford's base 32, as src/platform/graphql/ids.ts makes it.
CREATE FUNCTION "platform"."pf_type_id"(prefix text, uid uuid) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS '
    SELECT prefix || ''_'' || string_agg(substr(''0123456789abcdefghjkmnpqrstvwxyz'', 1 + b.five::int, 1), '''' ORDER BY b.place)
    FROM (SELECT place, substring(B''00'' || (''x'' || replace(uid::text, ''-'', ''''))::bit(128) FROM place FOR 5)::bit(5) AS five
          FROM generate_series(1, 126, 5) AS place) b';

REVOKE ALL ON FUNCTION "platform"."pf_outbox_partition"(integer), "platform"."pf_feed_advance"(), "platform"."pf_uuid_v7"(),
    "platform"."pf_type_id"(text, uuid) FROM PUBLIC;

-- Writes are seen in the feed from here on. The triggers of tables go with their function.
DROP FUNCTION "platform"."pf_notify_write"() CASCADE;
