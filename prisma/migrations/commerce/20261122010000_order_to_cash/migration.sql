-- CreateEnum
CREATE TYPE "commerce"."md_move_t" AS ENUM ('OPENING', 'DELIVERY', 'COUNT', 'DAMAGE', 'SHIPPED', 'RETURNED');

-- AlterEnum
ALTER TYPE "commerce"."so_status_t" ADD VALUE 'PARTIALLY_RETURNED';

-- AlterTable
ALTER TABLE "commerce"."crm_address" ADD COLUMN     "row_ver" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "commerce"."crm_customer" ADD COLUMN     "row_ver" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "commerce"."md_category" ADD COLUMN     "row_ver" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "commerce"."md_product" ADD COLUMN     "row_ver" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "commerce"."so_header" ADD COLUMN     "cancel_txt" TEXT,
ADD COLUMN     "cancelled_ts" TIMESTAMPTZ(3),
ADD COLUMN     "delivered_ts" TIMESTAMPTZ(3),
ADD COLUMN     "paid_minor" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "refunded_minor" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "row_ver" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "commerce"."so_line" ADD COLUMN     "qty_returned" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "qty_shipped" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "commerce"."md_stock_move" (
    "uid" UUID NOT NULL,
    "product_uid" UUID NOT NULL,
    "qty_delta" INTEGER NOT NULL,
    "reason_cd" "commerce"."md_move_t" NOT NULL,
    "note_txt" TEXT,
    "so_uid" UUID,
    "occurred_ts" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "md_stock_move_pkey" PRIMARY KEY ("uid")
);

-- CreateTable
CREATE TABLE "commerce"."lg_return" (
    "uid" UUID NOT NULL,
    "so_uid" UUID NOT NULL,
    "reason_txt" TEXT,
    "restock_flg" BOOLEAN NOT NULL,
    "returned_ts" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "lg_return_pkey" PRIMARY KEY ("uid")
);

-- CreateTable
CREATE TABLE "commerce"."lg_return_line" (
    "uid" UUID NOT NULL,
    "return_uid" UUID NOT NULL,
    "so_line_uid" UUID NOT NULL,
    "qty" INTEGER NOT NULL,

    CONSTRAINT "lg_return_line_pkey" PRIMARY KEY ("uid")
);

-- CreateTable
CREATE TABLE "commerce"."ar_refund" (
    "uid" UUID NOT NULL,
    "so_uid" UUID NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "reason_txt" TEXT,
    "refunded_ts" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ar_refund_pkey" PRIMARY KEY ("uid")
);

-- CreateTable
CREATE TABLE "commerce"."ar_credit_note" (
    "uid" UUID NOT NULL,
    "doc_no" TEXT NOT NULL,
    "so_uid" UUID NOT NULL,
    "refund_uid" UUID NOT NULL,
    "issued_ts" TIMESTAMPTZ(3) NOT NULL,
    "amount_minor" BIGINT NOT NULL,

    CONSTRAINT "ar_credit_note_pkey" PRIMARY KEY ("uid")
);

-- CreateTable
CREATE TABLE "commerce"."ar_series" (
    "series_cd" TEXT NOT NULL,
    "series_year" INTEGER NOT NULL,
    "last_no" INTEGER NOT NULL,

    CONSTRAINT "ar_series_pkey" PRIMARY KEY ("series_cd","series_year")
);

-- CreateIndex
CREATE INDEX "md_stock_move_product_ix" ON "commerce"."md_stock_move"("product_uid", "occurred_ts", "uid");

-- CreateIndex
CREATE INDEX "md_stock_move_so_ix" ON "commerce"."md_stock_move"("so_uid");

-- CreateIndex
CREATE INDEX "lg_return_so_ix" ON "commerce"."lg_return"("so_uid", "returned_ts", "uid");

-- CreateIndex
CREATE INDEX "lg_return_line_so_ix" ON "commerce"."lg_return_line"("so_line_uid");

-- CreateIndex
CREATE UNIQUE INDEX "lg_return_line_key" ON "commerce"."lg_return_line"("return_uid", "so_line_uid");

-- CreateIndex
CREATE INDEX "ar_refund_so_ix" ON "commerce"."ar_refund"("so_uid", "refunded_ts", "uid");

-- CreateIndex
CREATE UNIQUE INDEX "ar_credit_note_no_key" ON "commerce"."ar_credit_note"("doc_no");

-- CreateIndex
CREATE UNIQUE INDEX "ar_credit_note_refund_key" ON "commerce"."ar_credit_note"("refund_uid");

-- CreateIndex
CREATE INDEX "ar_credit_note_so_ix" ON "commerce"."ar_credit_note"("so_uid", "issued_ts", "uid");

-- AddForeignKey
ALTER TABLE "commerce"."md_stock_move" ADD CONSTRAINT "md_stock_move_product_uid_fkey" FOREIGN KEY ("product_uid") REFERENCES "commerce"."md_product"("uid") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "commerce"."md_stock_move" ADD CONSTRAINT "md_stock_move_so_uid_fkey" FOREIGN KEY ("so_uid") REFERENCES "commerce"."so_header"("uid") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "commerce"."lg_return" ADD CONSTRAINT "lg_return_so_uid_fkey" FOREIGN KEY ("so_uid") REFERENCES "commerce"."so_header"("uid") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "commerce"."lg_return_line" ADD CONSTRAINT "lg_return_line_return_uid_fkey" FOREIGN KEY ("return_uid") REFERENCES "commerce"."lg_return"("uid") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "commerce"."lg_return_line" ADD CONSTRAINT "lg_return_line_so_line_uid_fkey" FOREIGN KEY ("so_line_uid") REFERENCES "commerce"."so_line"("uid") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "commerce"."ar_refund" ADD CONSTRAINT "ar_refund_so_uid_fkey" FOREIGN KEY ("so_uid") REFERENCES "commerce"."so_header"("uid") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "commerce"."ar_credit_note" ADD CONSTRAINT "ar_credit_note_so_uid_fkey" FOREIGN KEY ("so_uid") REFERENCES "commerce"."so_header"("uid") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "commerce"."ar_credit_note" ADD CONSTRAINT "ar_credit_note_refund_uid_fkey" FOREIGN KEY ("refund_uid") REFERENCES "commerce"."ar_refund"("uid") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What must hold, whoever writes (by hand: the models have no words for these).
ALTER TABLE "commerce"."so_line"
    ADD CONSTRAINT "so_line_shipped_ck" CHECK ("qty_shipped" BETWEEN 0 AND "qty"),
    ADD CONSTRAINT "so_line_returned_ck" CHECK ("qty_returned" BETWEEN 0 AND "qty_shipped");
ALTER TABLE "commerce"."so_header"
    ADD CONSTRAINT "so_header_refund_ck" CHECK ("refunded_minor" BETWEEN 0 AND "paid_minor");
ALTER TABLE "commerce"."md_stock_move" ADD CONSTRAINT "md_stock_move_qty_ck" CHECK ("qty_delta" <> 0);
ALTER TABLE "commerce"."lg_return_line" ADD CONSTRAINT "lg_return_line_qty_ck" CHECK ("qty" > 0);
ALTER TABLE "commerce"."ar_refund" ADD CONSTRAINT "ar_refund_amount_ck" CHECK ("amount_minor" > 0);
ALTER TABLE "commerce"."ar_credit_note" ADD CONSTRAINT "ar_credit_note_amount_ck" CHECK ("amount_minor" > 0);

-- What is there already is brought to the new shape: shipped units, amounts paid, the ledger, the number series.
UPDATE "commerce"."so_line" l SET "qty_shipped" = s.qty
FROM (SELECT "so_line_uid", sum("qty")::int AS qty FROM "commerce"."lg_shipment_line" GROUP BY 1) s
WHERE s."so_line_uid" = l."uid";

UPDATE "commerce"."so_header" h SET "paid_minor" = p.amount
FROM (SELECT "so_uid", sum("amount_minor") AS amount FROM "commerce"."ar_payment" GROUP BY 1) p
WHERE p."so_uid" = h."uid";

INSERT INTO "commerce"."md_stock_move" ("uid", "product_uid", "qty_delta", "reason_cd")
SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
        || substr(md5("uid"::text), 1, 3) || '8' || substr(md5("uid"::text), 4, 15))::uuid, "uid", "qty_on_hand", 'OPENING'
FROM "commerce"."md_product" WHERE "qty_on_hand" <> 0;

INSERT INTO "commerce"."ar_series" ("series_cd", "series_year", "last_no")
SELECT 'INV', split_part("doc_no", '-', 2)::int, max(split_part("doc_no", '-', 3)::int)
FROM "commerce"."ar_invoice" WHERE "doc_no" ~ '^INV-\d{4}-\d+$' GROUP BY 2;
