-- CreateEnum
CREATE TYPE "platform"."pf_export_state_t" AS ENUM ('QUEUED', 'RUNNING', 'DONE', 'FAILED');

-- CreateEnum
CREATE TYPE "platform"."pf_export_format_t" AS ENUM ('NDJSON', 'NDJSON_LINES', 'CSV', 'XML');

-- CreateEnum
CREATE TYPE "platform"."pf_export_compression_t" AS ENUM ('NONE', 'GZIP', 'ZSTD');

-- CreateTable
CREATE TABLE "platform"."pf_bulk_export" (
    "uid" UUID NOT NULL,
    "crt_kind" TEXT NOT NULL,
    "crt_id" TEXT NOT NULL,
    "viewer_doc" JSONB NOT NULL,
    "auth_ts" TIMESTAMPTZ(3) NOT NULL,
    "req_id" TEXT NOT NULL,
    "gql_txt" TEXT NOT NULL,
    "gql_vars" JSONB NOT NULL,
    "format_cd" "platform"."pf_export_format_t" NOT NULL,
    "compress_cd" "platform"."pf_export_compression_t" NOT NULL,
    "state_cd" "platform"."pf_export_state_t" NOT NULL DEFAULT 'QUEUED',
    "rows_nr" INTEGER NOT NULL DEFAULT 0,
    "bytes_nr" BIGINT NOT NULL DEFAULT 0,
    "snaps_nr" INTEGER NOT NULL DEFAULT 0,
    "runs_nr" INTEGER NOT NULL DEFAULT 0,
    "tries_nr" INTEGER NOT NULL DEFAULT 0,
    "mark_doc" JSONB,
    "fail_cd" TEXT,
    "fail_txt" TEXT,
    "created_ts" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_ts" TIMESTAMPTZ(3),
    "ended_ts" TIMESTAMPTZ(3),

    CONSTRAINT "pf_bulk_export_pkey" PRIMARY KEY ("uid")
);

-- CreateIndex
CREATE INDEX "pf_export_creator_ix" ON "platform"."pf_bulk_export"("crt_kind", "crt_id", "created_ts", "uid");

-- CreateIndex
CREATE INDEX "pf_export_created_ix" ON "platform"."pf_bulk_export"("created_ts", "uid");

-- Whether there is anything to run. Few exports are not ended.
CREATE INDEX "pf_export_open_ix" ON "platform"."pf_bulk_export"("crt_kind", "crt_id") WHERE "ended_ts" IS NULL;

-- What the sweep looks for.
CREATE INDEX "pf_export_ended_ix" ON "platform"."pf_bulk_export"("ended_ts") WHERE "ended_ts" IS NOT NULL;

-- One waiting and one active run for each export. A run whose process has died is repeated after some seconds.
SELECT jobs.create_queue('bulk-exports', '{"policy": "stately", "retryLimit": 1000000, "retryDelay": 1, "retryBackoff": true, "retryDelayMax": 60, "expireInSeconds": 86400, "heartbeatSeconds": 10, "deleteAfterSeconds": 3600}');
