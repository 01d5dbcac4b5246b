-- CreateTable
CREATE TABLE "platform"."pf_field_use" (
    "field_nm" TEXT NOT NULL,
    "clnt_nm" TEXT NOT NULL,
    "clnt_ver" TEXT NOT NULL,
    "use_day" DATE NOT NULL,
    "use_cnt" BIGINT NOT NULL,

    CONSTRAINT "pf_field_use_pkey" PRIMARY KEY ("field_nm","clnt_nm","clnt_ver","use_day")
);

-- CreateIndex
CREATE INDEX "pf_field_use_day_ix" ON "platform"."pf_field_use"("use_day");
