-- Words and parts of names are searched for: ILIKE '%…%' finds its index through trigrams.
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "commerce";

-- CreateEnum
CREATE TYPE "commerce"."crm_kind_t" AS ENUM ('COMPANY', 'PERSON');

-- CreateEnum
CREATE TYPE "commerce"."so_status_t" AS ENUM ('PLACED', 'PAID', 'PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED', 'CANCELLED', 'RETURNED');

-- CreateEnum
CREATE TYPE "commerce"."ar_method_t" AS ENUM ('CARD', 'BANK_TRANSFER', 'CASH');

-- CreateTable
CREATE TABLE "commerce"."md_supplier" (
    "uid" UUID NOT NULL,
    "nm" TEXT NOT NULL,
    "contact_nm" TEXT,
    "contact_ttl" TEXT,
    "addr_street" TEXT,
    "addr_city" TEXT,
    "addr_region" TEXT,
    "addr_zip" TEXT,
    "addr_ctry" CHAR(2) NOT NULL,
    "phone_no" TEXT,

    CONSTRAINT "md_supplier_pkey" PRIMARY KEY ("uid")
);

-- CreateTable
CREATE TABLE "commerce"."md_category" (
    "uid" UUID NOT NULL,
    "nm" TEXT NOT NULL,
    "descr_txt" TEXT,

    CONSTRAINT "md_category_pkey" PRIMARY KEY ("uid")
);

-- CreateTable
CREATE TABLE "commerce"."md_product" (
    "uid" UUID NOT NULL,
    "sku_cd" TEXT NOT NULL,
    "nm" TEXT NOT NULL,
    "pack_txt" TEXT,
    "unit_price_minor" BIGINT NOT NULL,
    "ccy" CHAR(3) NOT NULL,
    "qty_on_hand" INTEGER NOT NULL,
    "qty_reserved" INTEGER NOT NULL DEFAULT 0,
    "qty_reorder" INTEGER NOT NULL DEFAULT 0,
    "disc_flg" BOOLEAN NOT NULL DEFAULT false,
    "supplier_uid" UUID NOT NULL,
    "category_uid" UUID NOT NULL,

    CONSTRAINT "md_product_pkey" PRIMARY KEY ("uid")
);

-- CreateTable
CREATE TABLE "commerce"."crm_customer" (
    "uid" UUID NOT NULL,
    "cust_cd" TEXT NOT NULL,
    "kind_cd" "commerce"."crm_kind_t" NOT NULL,
    "nm" TEXT NOT NULL,
    "contact_nm" TEXT,
    "contact_ttl" TEXT,
    "email_addr" TEXT NOT NULL,
    "phone_no" TEXT,
    "home_ctry" CHAR(2) NOT NULL,
    "created_ts" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "crm_customer_pkey" PRIMARY KEY ("uid")
);

-- CreateTable
CREATE TABLE "commerce"."crm_address" (
    "uid" UUID NOT NULL,
    "cust_uid" UUID NOT NULL,
    "recip_nm" TEXT NOT NULL,
    "addr_street" TEXT NOT NULL,
    "addr_city" TEXT NOT NULL,
    "addr_region" TEXT,
    "addr_zip" TEXT,
    "addr_ctry" CHAR(2) NOT NULL,

    CONSTRAINT "crm_address_pkey" PRIMARY KEY ("uid")
);

-- CreateTable
CREATE TABLE "commerce"."lg_carrier" (
    "uid" UUID NOT NULL,
    "nm" TEXT NOT NULL,
    "phone_no" TEXT,

    CONSTRAINT "lg_carrier_pkey" PRIMARY KEY ("uid")
);

-- CreateTable
CREATE TABLE "commerce"."so_header" (
    "uid" UUID NOT NULL,
    "doc_no" SERIAL NOT NULL,
    "cust_uid" UUID NOT NULL,
    "carrier_uid" UUID,
    "status_cd" "commerce"."so_status_t" NOT NULL DEFAULT 'PLACED',
    "ccy" CHAR(3) NOT NULL,
    "placed_ts" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "required_dt" DATE,
    "shipped_ts" TIMESTAMPTZ(3),
    "freight_minor" BIGINT NOT NULL DEFAULT 0,
    "total_minor" BIGINT NOT NULL,
    "st_recip_nm" TEXT NOT NULL,
    "st_street" TEXT NOT NULL,
    "st_city" TEXT NOT NULL,
    "st_region" TEXT,
    "st_zip" TEXT,
    "st_ctry" CHAR(2) NOT NULL,

    CONSTRAINT "so_header_pkey" PRIMARY KEY ("uid")
);

-- CreateTable
CREATE TABLE "commerce"."so_line" (
    "uid" UUID NOT NULL,
    "so_uid" UUID NOT NULL,
    "line_no" INTEGER NOT NULL,
    "product_uid" UUID NOT NULL,
    "qty" INTEGER NOT NULL,
    "unit_price_minor" BIGINT NOT NULL,
    "disc_bp" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "so_line_pkey" PRIMARY KEY ("uid")
);

-- CreateTable
CREATE TABLE "commerce"."lg_shipment" (
    "uid" UUID NOT NULL,
    "so_uid" UUID NOT NULL,
    "carrier_uid" UUID NOT NULL,
    "tracking_no" TEXT,
    "shipped_ts" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "lg_shipment_pkey" PRIMARY KEY ("uid")
);

-- CreateTable
CREATE TABLE "commerce"."lg_shipment_line" (
    "uid" UUID NOT NULL,
    "shipment_uid" UUID NOT NULL,
    "so_line_uid" UUID NOT NULL,
    "qty" INTEGER NOT NULL,

    CONSTRAINT "lg_shipment_line_pkey" PRIMARY KEY ("uid")
);

-- CreateTable
CREATE TABLE "commerce"."ar_payment" (
    "uid" UUID NOT NULL,
    "so_uid" UUID NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "method_cd" "commerce"."ar_method_t" NOT NULL,
    "received_ts" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ar_payment_pkey" PRIMARY KEY ("uid")
);

-- CreateTable
CREATE TABLE "commerce"."ar_invoice" (
    "uid" UUID NOT NULL,
    "doc_no" TEXT NOT NULL,
    "so_uid" UUID NOT NULL,
    "issued_ts" TIMESTAMPTZ(3) NOT NULL,
    "amount_minor" BIGINT NOT NULL,

    CONSTRAINT "ar_invoice_pkey" PRIMARY KEY ("uid")
);

-- CreateIndex
CREATE INDEX "md_supplier_nm_ix" ON "commerce"."md_supplier"("nm", "uid");

-- CreateIndex
CREATE UNIQUE INDEX "md_category_nm_key" ON "commerce"."md_category"("nm");

-- CreateIndex
CREATE INDEX "md_category_nm_ix" ON "commerce"."md_category"("nm", "uid");

-- CreateIndex
CREATE UNIQUE INDEX "md_product_sku_key" ON "commerce"."md_product"("sku_cd");

-- CreateIndex
CREATE INDEX "md_product_nm_ix" ON "commerce"."md_product"("nm", "uid");

-- CreateIndex
CREATE INDEX "md_product_nm_trgm_ix" ON "commerce"."md_product" USING GIN ("nm" gin_trgm_ops);

-- CreateIndex
CREATE INDEX "md_product_price_ix" ON "commerce"."md_product"("unit_price_minor", "uid");

-- CreateIndex
CREATE INDEX "md_product_category_ix" ON "commerce"."md_product"("category_uid", "nm", "uid");

-- CreateIndex
CREATE INDEX "md_product_supplier_ix" ON "commerce"."md_product"("supplier_uid", "nm", "uid");

-- CreateIndex
CREATE INDEX "md_product_disc_ix" ON "commerce"."md_product"("disc_flg", "nm", "uid");

-- CreateIndex
CREATE UNIQUE INDEX "crm_customer_cd_key" ON "commerce"."crm_customer"("cust_cd");

-- CreateIndex
CREATE UNIQUE INDEX "crm_customer_email_key" ON "commerce"."crm_customer"("email_addr");

-- CreateIndex
CREATE INDEX "crm_customer_nm_ix" ON "commerce"."crm_customer"("nm", "uid");

-- CreateIndex
CREATE INDEX "crm_customer_nm_trgm_ix" ON "commerce"."crm_customer" USING GIN ("nm" gin_trgm_ops);

-- CreateIndex
CREATE INDEX "crm_customer_ctry_ix" ON "commerce"."crm_customer"("home_ctry", "nm", "uid");

-- CreateIndex
CREATE INDEX "crm_customer_created_ix" ON "commerce"."crm_customer"("created_ts", "uid");

-- CreateIndex
CREATE INDEX "crm_address_cust_ix" ON "commerce"."crm_address"("cust_uid", "uid");

-- CreateIndex
CREATE UNIQUE INDEX "lg_carrier_nm_key" ON "commerce"."lg_carrier"("nm");

-- CreateIndex
CREATE UNIQUE INDEX "so_header_no_key" ON "commerce"."so_header"("doc_no");

-- CreateIndex
CREATE INDEX "so_header_placed_ix" ON "commerce"."so_header"("placed_ts", "uid");

-- CreateIndex
CREATE INDEX "so_header_total_ix" ON "commerce"."so_header"("total_minor", "uid");

-- CreateIndex
CREATE INDEX "so_header_cust_ix" ON "commerce"."so_header"("cust_uid", "placed_ts", "uid");

-- CreateIndex
CREATE INDEX "so_header_status_ix" ON "commerce"."so_header"("status_cd", "placed_ts", "uid");

-- CreateIndex
CREATE INDEX "so_header_ctry_ix" ON "commerce"."so_header"("st_ctry", "placed_ts", "uid");

-- CreateIndex
CREATE INDEX "so_header_shipped_ix" ON "commerce"."so_header"("shipped_ts", "placed_ts", "uid");

-- CreateIndex
CREATE INDEX "so_header_carrier_ix" ON "commerce"."so_header"("carrier_uid");

-- CreateIndex
CREATE INDEX "so_line_product_ix" ON "commerce"."so_line"("product_uid", "qty");

-- CreateIndex
CREATE UNIQUE INDEX "so_line_no_key" ON "commerce"."so_line"("so_uid", "line_no");

-- CreateIndex
CREATE INDEX "lg_shipment_so_ix" ON "commerce"."lg_shipment"("so_uid", "shipped_ts", "uid");

-- CreateIndex
CREATE INDEX "lg_shipment_carrier_ix" ON "commerce"."lg_shipment"("carrier_uid");

-- CreateIndex
CREATE INDEX "lg_shipment_line_so_ix" ON "commerce"."lg_shipment_line"("so_line_uid");

-- CreateIndex
CREATE UNIQUE INDEX "lg_shipment_line_key" ON "commerce"."lg_shipment_line"("shipment_uid", "so_line_uid");

-- CreateIndex
CREATE INDEX "ar_payment_so_ix" ON "commerce"."ar_payment"("so_uid", "received_ts", "uid");

-- CreateIndex
CREATE UNIQUE INDEX "ar_invoice_no_key" ON "commerce"."ar_invoice"("doc_no");

-- CreateIndex
CREATE UNIQUE INDEX "ar_invoice_so_key" ON "commerce"."ar_invoice"("so_uid");

-- AddForeignKey
ALTER TABLE "commerce"."md_product" ADD CONSTRAINT "md_product_supplier_uid_fkey" FOREIGN KEY ("supplier_uid") REFERENCES "commerce"."md_supplier"("uid") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "commerce"."md_product" ADD CONSTRAINT "md_product_category_uid_fkey" FOREIGN KEY ("category_uid") REFERENCES "commerce"."md_category"("uid") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "commerce"."crm_address" ADD CONSTRAINT "crm_address_cust_uid_fkey" FOREIGN KEY ("cust_uid") REFERENCES "commerce"."crm_customer"("uid") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "commerce"."so_header" ADD CONSTRAINT "so_header_cust_uid_fkey" FOREIGN KEY ("cust_uid") REFERENCES "commerce"."crm_customer"("uid") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "commerce"."so_header" ADD CONSTRAINT "so_header_carrier_uid_fkey" FOREIGN KEY ("carrier_uid") REFERENCES "commerce"."lg_carrier"("uid") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "commerce"."so_line" ADD CONSTRAINT "so_line_so_uid_fkey" FOREIGN KEY ("so_uid") REFERENCES "commerce"."so_header"("uid") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "commerce"."so_line" ADD CONSTRAINT "so_line_product_uid_fkey" FOREIGN KEY ("product_uid") REFERENCES "commerce"."md_product"("uid") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "commerce"."lg_shipment" ADD CONSTRAINT "lg_shipment_so_uid_fkey" FOREIGN KEY ("so_uid") REFERENCES "commerce"."so_header"("uid") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "commerce"."lg_shipment" ADD CONSTRAINT "lg_shipment_carrier_uid_fkey" FOREIGN KEY ("carrier_uid") REFERENCES "commerce"."lg_carrier"("uid") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "commerce"."lg_shipment_line" ADD CONSTRAINT "lg_shipment_line_shipment_uid_fkey" FOREIGN KEY ("shipment_uid") REFERENCES "commerce"."lg_shipment"("uid") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "commerce"."lg_shipment_line" ADD CONSTRAINT "lg_shipment_line_so_line_uid_fkey" FOREIGN KEY ("so_line_uid") REFERENCES "commerce"."so_line"("uid") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "commerce"."ar_payment" ADD CONSTRAINT "ar_payment_so_uid_fkey" FOREIGN KEY ("so_uid") REFERENCES "commerce"."so_header"("uid") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "commerce"."ar_invoice" ADD CONSTRAINT "ar_invoice_so_uid_fkey" FOREIGN KEY ("so_uid") REFERENCES "commerce"."so_header"("uid") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What must hold, whoever writes (by hand: the models have no words for these).
ALTER TABLE "commerce"."md_product"
    ADD CONSTRAINT "md_product_price_ck" CHECK ("unit_price_minor" >= 0),
    ADD CONSTRAINT "md_product_ccy_ck" CHECK ("ccy" ~ '^[A-Z]{3}$'),
    ADD CONSTRAINT "md_product_stock_ck" CHECK ("qty_reserved" >= 0 AND "qty_on_hand" >= "qty_reserved"),
    ADD CONSTRAINT "md_product_reorder_ck" CHECK ("qty_reorder" >= 0);

ALTER TABLE "commerce"."crm_customer" ADD CONSTRAINT "crm_customer_ctry_ck" CHECK ("home_ctry" ~ '^[A-Z]{2}$');
ALTER TABLE "commerce"."crm_address" ADD CONSTRAINT "crm_address_ctry_ck" CHECK ("addr_ctry" ~ '^[A-Z]{2}$');
ALTER TABLE "commerce"."md_supplier" ADD CONSTRAINT "md_supplier_ctry_ck" CHECK ("addr_ctry" ~ '^[A-Z]{2}$');

ALTER TABLE "commerce"."so_header"
    ADD CONSTRAINT "so_header_ccy_ck" CHECK ("ccy" ~ '^[A-Z]{3}$'),
    ADD CONSTRAINT "so_header_ctry_ck" CHECK ("st_ctry" ~ '^[A-Z]{2}$'),
    ADD CONSTRAINT "so_header_freight_ck" CHECK ("freight_minor" >= 0),
    ADD CONSTRAINT "so_header_total_ck" CHECK ("total_minor" >= 0);

ALTER TABLE "commerce"."so_line"
    ADD CONSTRAINT "so_line_qty_ck" CHECK ("qty" > 0),
    ADD CONSTRAINT "so_line_price_ck" CHECK ("unit_price_minor" >= 0),
    ADD CONSTRAINT "so_line_disc_ck" CHECK ("disc_bp" BETWEEN 0 AND 10000),
    ADD CONSTRAINT "so_line_no_ck" CHECK ("line_no" > 0);

ALTER TABLE "commerce"."lg_shipment_line" ADD CONSTRAINT "lg_shipment_line_qty_ck" CHECK ("qty" > 0);
ALTER TABLE "commerce"."ar_payment" ADD CONSTRAINT "ar_payment_amount_ck" CHECK ("amount_minor" > 0);
ALTER TABLE "commerce"."ar_invoice" ADD CONSTRAINT "ar_invoice_amount_ck" CHECK ("amount_minor" >= 0);

-- "In stock" compares two columns of a row, so its index is a partial one.
CREATE INDEX "md_product_stock_ix" ON "commerce"."md_product"("nm", "uid") WHERE "qty_on_hand" > "qty_reserved";
