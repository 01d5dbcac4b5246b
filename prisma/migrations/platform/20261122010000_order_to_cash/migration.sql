-- CreateTable
CREATE TABLE "platform"."pf_idempotency" (
    "prin_cd" TEXT NOT NULL,
    "idem_key" TEXT NOT NULL,
    "verb_nm" TEXT NOT NULL,
    "args_sha" BYTEA NOT NULL,
    "outcome_doc" JSONB NOT NULL,
    "created_ts" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "pf_idempotency_pkey" PRIMARY KEY ("prin_cd","idem_key","verb_nm")
);

-- CreateTable
CREATE TABLE "platform"."pf_outbox" (
    "uid" UUID NOT NULL,
    "pos" BIGSERIAL NOT NULL,
    "topic_nm" TEXT NOT NULL,
    "agg_type" TEXT NOT NULL,
    "agg_uid" UUID NOT NULL,
    "owner_uid" UUID,
    "agg_seq" INTEGER NOT NULL,
    "actor_kind" TEXT NOT NULL,
    "actor_id" TEXT,
    "occurred_ts" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "doc_ver" INTEGER NOT NULL DEFAULT 1,
    "event_doc" JSONB NOT NULL,

    CONSTRAINT "pf_outbox_pkey" PRIMARY KEY ("uid")
);

-- CreateIndex
CREATE INDEX "pf_idempotency_created_ix" ON "platform"."pf_idempotency"("created_ts");

-- CreateIndex
CREATE UNIQUE INDEX "pf_outbox_pos_key" ON "platform"."pf_outbox"("pos");

-- CreateIndex
CREATE UNIQUE INDEX "pf_outbox_agg_key" ON "platform"."pf_outbox"("agg_uid", "agg_seq");
