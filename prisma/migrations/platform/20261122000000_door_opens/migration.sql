-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "platform";

-- CreateTable
CREATE TABLE "platform"."pf_dataset" (
    "ds_name" TEXT NOT NULL,
    "loaded_ts" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "pf_dataset_pkey" PRIMARY KEY ("ds_name")
);
