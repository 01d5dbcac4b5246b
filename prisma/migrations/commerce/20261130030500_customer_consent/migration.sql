-- AlterTable
ALTER TABLE "commerce"."crm_customer" ADD COLUMN     "mkt_flg" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "commerce"."crm_consent" (
    "uid" UUID NOT NULL,
    "cust_uid" UUID NOT NULL,
    "given_flg" BOOLEAN NOT NULL,
    "actor_kind" TEXT NOT NULL,
    "at_ts" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "crm_consent_pkey" PRIMARY KEY ("uid")
);

-- CreateIndex
CREATE INDEX "crm_consent_cust_ix" ON "commerce"."crm_consent"("cust_uid", "at_ts", "uid");

-- AddForeignKey
ALTER TABLE "commerce"."crm_consent" ADD CONSTRAINT "crm_consent_cust_uid_fkey" FOREIGN KEY ("cust_uid") REFERENCES "commerce"."crm_customer"("uid") ON DELETE CASCADE ON UPDATE CASCADE;
