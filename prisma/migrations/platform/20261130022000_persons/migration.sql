-- CreateEnum
CREATE TYPE "platform"."pf_person_kind_t" AS ENUM ('EXPORT', 'ERASURE', 'RESTRICTION', 'RELEASE');

-- CreateEnum
CREATE TYPE "platform"."pf_person_state_t" AS ENUM ('SCHEDULED', 'RUNNING', 'DONE', 'CANCELLED');

-- CreateEnum
CREATE TYPE "platform"."pf_erasure_reason_t" AS ENUM ('NO_LONGER_NEEDED', 'CONSENT_WITHDRAWN', 'OBJECTION', 'UNLAWFUL', 'LEGAL_OBLIGATION', 'RETENTION');

-- CreateTable
CREATE TABLE "platform"."pf_person_request" (
    "uid" UUID NOT NULL,
    "kind_cd" "platform"."pf_person_kind_t" NOT NULL,
    "state_cd" "platform"."pf_person_state_t" NOT NULL DEFAULT 'SCHEDULED',
    "subj_type" TEXT NOT NULL,
    "subj_key" TEXT NOT NULL,
    "reason_cd" "platform"."pf_erasure_reason_t",
    "keep_until" DATE,
    "req_kind" TEXT NOT NULL,
    "req_id" TEXT,
    "begins_ts" TIMESTAMPTZ(3) NOT NULL,
    "rows_nr" INTEGER NOT NULL DEFAULT 0,
    "file_doc" JSONB,
    "created_ts" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_ts" TIMESTAMPTZ(3),
    "ended_ts" TIMESTAMPTZ(3),

    CONSTRAINT "pf_person_request_pkey" PRIMARY KEY ("uid")
);

-- CreateTable
CREATE TABLE "platform"."pf_held_value" (
    "row_type" TEXT NOT NULL,
    "row_key" TEXT NOT NULL,
    "subj_type" TEXT NOT NULL,
    "subj_key" TEXT NOT NULL,
    "values_enc" BYTEA NOT NULL,
    "keep_until" DATE,
    "held_ts" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "pf_held_value_pkey" PRIMARY KEY ("row_type","row_key")
);

-- CreateIndex
CREATE INDEX "pf_person_request_subj_ix" ON "platform"."pf_person_request"("subj_type", "subj_key", "created_ts");

-- CreateIndex
CREATE INDEX "pf_person_request_created_ix" ON "platform"."pf_person_request"("created_ts", "uid");

-- CreateIndex
CREATE INDEX "pf_held_value_subj_ix" ON "platform"."pf_held_value"("subj_type", "subj_key");

-- CreateIndex
CREATE INDEX "pf_held_value_until_ix" ON "platform"."pf_held_value"("keep_until");

-- What is due. Few requests are not ended.
CREATE INDEX "pf_person_request_open_ix" ON "platform"."pf_person_request"("begins_ts") WHERE "ended_ts" IS NULL;

-- One waiting and one active run for each request. A run whose process has died is repeated after some seconds.
SELECT jobs.create_queue('person-requests', '{"policy": "stately", "retryLimit": 1000000, "retryDelay": 1, "retryBackoff": true, "retryDelayMax": 60, "expireInSeconds": 86400, "heartbeatSeconds": 10, "deleteAfterSeconds": 3600}');

-- Entries of the audit trail end after their time, and never before a year.
-- Its semicolons are written \073, since the driver adapter sends a migration cut at each one.
DROP TRIGGER "pf_audit_append_only" ON "platform"."pf_audit";

CREATE TRIGGER "pf_audit_append_only" BEFORE UPDATE OR TRUNCATE ON "platform"."pf_audit"
    FOR EACH STATEMENT EXECUTE FUNCTION "platform"."pf_audit_refuse_change"();
ALTER TABLE "platform"."pf_audit" ENABLE ALWAYS TRIGGER "pf_audit_append_only";

CREATE FUNCTION "platform"."pf_audit_refuse_early_end"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN
    IF EXISTS (SELECT FROM ended_rows WHERE occurred_ts > now() - interval \'365 days\') THEN
        RAISE EXCEPTION \'the audit trail is append-only: % of an entry of the last year is refused\', TG_OP
            USING ERRCODE = \'insufficient_privilege\'\073
    END IF\073
    RETURN NULL\073
END';

CREATE TRIGGER "pf_audit_early_end" AFTER DELETE ON "platform"."pf_audit" REFERENCING OLD TABLE AS ended_rows
    FOR EACH STATEMENT EXECUTE FUNCTION "platform"."pf_audit_refuse_early_end"();
ALTER TABLE "platform"."pf_audit" ENABLE ALWAYS TRIGGER "pf_audit_early_end";
