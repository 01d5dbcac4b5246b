-- How far the server's own consumers of the feed have come, such as the relay to NATS.
CREATE TABLE "platform"."pf_feed_consumer" (
    "consumer_nm" TEXT NOT NULL,
    "last_pos" BIGINT NOT NULL,
    "updated_ts" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "pf_feed_consumer_pkey" PRIMARY KEY ("consumer_nm")
);
