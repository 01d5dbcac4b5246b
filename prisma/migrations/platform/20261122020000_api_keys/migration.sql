-- CreateTable
CREATE TABLE "platform"."pf_api_key" (
    "uid" UUID NOT NULL,
    "key_nm" TEXT NOT NULL,
    "secret_sha" BYTEA NOT NULL,
    "hint_txt" TEXT NOT NULL,
    "scope_cds" TEXT[],
    "crt_kind" TEXT NOT NULL,
    "crt_id" TEXT,
    "created_ts" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_ts" TIMESTAMPTZ(3) NOT NULL,
    "revoked_ts" TIMESTAMPTZ(3),
    "used_ts" TIMESTAMPTZ(3),

    CONSTRAINT "pf_api_key_pkey" PRIMARY KEY ("uid")
);

-- CreateIndex
CREATE UNIQUE INDEX "pf_api_key_sha_key" ON "platform"."pf_api_key"("secret_sha");

-- CreateIndex
CREATE INDEX "pf_api_key_created_ix" ON "platform"."pf_api_key"("created_ts", "uid");

-- CreateIndex
CREATE INDEX "pf_api_key_nm_ix" ON "platform"."pf_api_key"("key_nm", "uid");

-- CreateIndex
CREATE INDEX "pf_api_key_expires_ix" ON "platform"."pf_api_key"("expires_ts", "uid");
