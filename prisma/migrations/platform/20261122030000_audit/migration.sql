-- CreateEnum
CREATE TYPE "platform"."pf_outcome_t" AS ENUM ('DONE', 'REPLAYED', 'REFUSED', 'DENIED', 'FAILED');

-- CreateTable
CREATE TABLE "platform"."pf_audit" (
    "uid" UUID NOT NULL,
    "pos" BIGSERIAL NOT NULL,
    "occurred_ts" TIMESTAMPTZ(3) NOT NULL,
    "req_id" TEXT NOT NULL,
    "prin_kind" TEXT NOT NULL,
    "prin_id" TEXT,
    "op_nm" TEXT,
    "action_nm" TEXT NOT NULL,
    "outcome_cd" "platform"."pf_outcome_t" NOT NULL,
    "subj_type" TEXT,
    "subj_ids" TEXT[] NOT NULL,
    "field_nms" TEXT[] NOT NULL,
    "code_nms" TEXT[] NOT NULL,

    CONSTRAINT "pf_audit_pkey" PRIMARY KEY ("uid")
);

-- CreateIndex
CREATE UNIQUE INDEX "pf_audit_pos_key" ON "platform"."pf_audit"("pos");

-- CreateIndex
CREATE INDEX "pf_audit_occurred_ix" ON "platform"."pf_audit"("occurred_ts", "uid");

-- CreateIndex
CREATE INDEX "pf_audit_kind_ix" ON "platform"."pf_audit"("prin_kind", "occurred_ts", "uid");

-- CreateIndex
CREATE INDEX "pf_audit_prin_ix" ON "platform"."pf_audit"("prin_id", "occurred_ts", "uid");

-- CreateIndex
CREATE INDEX "pf_audit_action_ix" ON "platform"."pf_audit"("action_nm", "occurred_ts", "uid");

-- CreateIndex
CREATE INDEX "pf_audit_outcome_ix" ON "platform"."pf_audit"("outcome_cd", "occurred_ts", "uid");

-- CreateIndex
CREATE INDEX "pf_audit_req_ix" ON "platform"."pf_audit"("req_id");

-- CreateIndex
CREATE INDEX "pf_audit_subj_ix" ON "platform"."pf_audit" USING GIN ("subj_ids");

-- What Prisma's language has no words for.
ALTER TABLE "platform"."pf_audit"
    ADD CONSTRAINT "pf_audit_req_ck" CHECK (length("req_id") BETWEEN 1 AND 128),
    ADD CONSTRAINT "pf_audit_prin_ck" CHECK ("prin_kind" <> '' AND "prin_id" <> ''),
    ADD CONSTRAINT "pf_audit_op_ck" CHECK ("op_nm" ~ '^[_A-Za-z][_0-9A-Za-z]{0,127}$'),
    ADD CONSTRAINT "pf_audit_action_ck" CHECK ("action_nm" ~ '^[a-z][0-9A-Za-z]{0,127}$'),
    ADD CONSTRAINT "pf_audit_subj_ck" CHECK (cardinality("subj_ids") <= 1000 AND array_position("subj_ids", NULL) IS NULL),
    ADD CONSTRAINT "pf_audit_field_ck" CHECK (cardinality("field_nms") <= 1000 AND array_position("field_nms", NULL) IS NULL),
    ADD CONSTRAINT "pf_audit_code_ck" CHECK (cardinality("code_nms") <= 1000 AND array_position("code_nms", NULL) IS NULL);

-- What is written stays as it was written: also for the table's owner, and also where triggers are off for replication.
-- Its semicolons are written \073, since the driver adapter sends a migration cut at each one.
CREATE FUNCTION "platform"."pf_audit_refuse_change"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN
    RAISE EXCEPTION \'the audit trail is append-only: % is refused\', TG_OP USING ERRCODE = \'insufficient_privilege\'\073
END';

CREATE TRIGGER "pf_audit_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "platform"."pf_audit"
    FOR EACH STATEMENT EXECUTE FUNCTION "platform"."pf_audit_refuse_change"();
ALTER TABLE "platform"."pf_audit" ENABLE ALWAYS TRIGGER "pf_audit_append_only";
