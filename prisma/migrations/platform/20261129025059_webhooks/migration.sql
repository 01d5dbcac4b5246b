-- CreateEnum
CREATE TYPE "platform"."pf_webhook_reason_t" AS ENUM ('BY_REQUEST', 'GONE', 'KEY_ENDED');

-- CreateEnum
CREATE TYPE "platform"."pf_delivery_state_t" AS ENUM ('PENDING', 'DELIVERED', 'FAILED', 'SKIPPED');

-- CreateEnum
CREATE TYPE "platform"."pf_attempt_outcome_t" AS ENUM ('ACCEPTED', 'STATUS_REFUSED', 'REDIRECTED', 'TIMED_OUT', 'UNREACHABLE', 'CERTIFICATE_REFUSED', 'ADDRESS_REFUSED');

-- CreateTable
CREATE TABLE "platform"."pf_webhook" (
    "uid" UUID NOT NULL,
    "key_uid" UUID NOT NULL,
    "hook_nm" TEXT NOT NULL,
    "hook_url" TEXT NOT NULL,
    "topic_nms" TEXT[],
    "gql_txt" TEXT,
    "gql_vars" JSONB,
    "filter_doc" JSONB NOT NULL,
    "ordered_flg" BOOLEAN NOT NULL,
    "secret_enc" BYTEA NOT NULL,
    "prev_secret_enc" BYTEA,
    "prev_until_ts" TIMESTAMPTZ(3),
    "taken_pos" BIGINT NOT NULL,
    "disabled_ts" TIMESTAMPTZ(3),
    "disabled_cd" "platform"."pf_webhook_reason_t",
    "failures_nr" INTEGER NOT NULL DEFAULT 0,
    "paused_until_ts" TIMESTAMPTZ(3),
    "row_ver" INTEGER NOT NULL DEFAULT 1,
    "created_ts" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "pf_webhook_pkey" PRIMARY KEY ("uid")
);

-- CreateTable
CREATE TABLE "platform"."pf_webhook_delivery" (
    "uid" UUID NOT NULL,
    "hook_uid" UUID NOT NULL,
    "event_uid" UUID,
    "feed_pos" BIGINT,
    "topic_nm" TEXT NOT NULL,
    "agg_type" TEXT NOT NULL,
    "agg_key" TEXT NOT NULL,
    "state_cd" "platform"."pf_delivery_state_t" NOT NULL DEFAULT 'PENDING',
    "attempts_nr" INTEGER NOT NULL DEFAULT 0,
    "tries_nr" INTEGER NOT NULL DEFAULT 0,
    "begun_ts" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "next_ts" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_ts" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_ts" TIMESTAMPTZ(3),

    CONSTRAINT "pf_webhook_delivery_pkey" PRIMARY KEY ("uid")
);

-- CreateTable
CREATE TABLE "platform"."pf_webhook_attempt" (
    "delivery_uid" UUID NOT NULL,
    "attempt_nr" INTEGER NOT NULL,
    "at_ts" TIMESTAMPTZ(3) NOT NULL,
    "duration_ms" INTEGER NOT NULL,
    "http_status" INTEGER,
    "outcome_cd" "platform"."pf_attempt_outcome_t" NOT NULL,

    CONSTRAINT "pf_webhook_attempt_pkey" PRIMARY KEY ("delivery_uid","attempt_nr")
);

-- CreateIndex
CREATE INDEX "pf_webhook_key_ix" ON "platform"."pf_webhook"("key_uid");

-- CreateIndex
CREATE INDEX "pf_webhook_created_ix" ON "platform"."pf_webhook"("created_ts", "uid");

-- CreateIndex
CREATE INDEX "pf_webhook_nm_ix" ON "platform"."pf_webhook"("hook_nm", "uid");

-- CreateIndex
CREATE INDEX "pf_delivery_hook_ix" ON "platform"."pf_webhook_delivery"("hook_uid", "created_ts", "uid");

-- CreateIndex
CREATE INDEX "pf_delivery_created_ix" ON "platform"."pf_webhook_delivery"("created_ts", "uid");

-- What a visit looks for: the oldest pending delivery, also of each row. Few deliveries are pending.
CREATE INDEX "pf_delivery_pending_ix" ON "platform"."pf_webhook_delivery"("hook_uid", "feed_pos") WHERE "state_cd" = 'PENDING';
CREATE INDEX "pf_delivery_row_ix" ON "platform"."pf_webhook_delivery"("hook_uid", "agg_type", "agg_key", "feed_pos") WHERE "state_cd" = 'PENDING';

-- AddForeignKey
ALTER TABLE "platform"."pf_webhook" ADD CONSTRAINT "pf_webhook_key_uid_fkey" FOREIGN KEY ("key_uid") REFERENCES "platform"."pf_api_key"("uid") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "platform"."pf_webhook_delivery" ADD CONSTRAINT "pf_webhook_delivery_hook_uid_fkey" FOREIGN KEY ("hook_uid") REFERENCES "platform"."pf_webhook"("uid") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "platform"."pf_webhook_attempt" ADD CONSTRAINT "pf_webhook_attempt_delivery_uid_fkey" FOREIGN KEY ("delivery_uid") REFERENCES "platform"."pf_webhook_delivery"("uid") ON DELETE CASCADE ON UPDATE CASCADE;
