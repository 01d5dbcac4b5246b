CREATE TRIGGER "md_supplier_notify_write"
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "commerce"."md_supplier"
    FOR EACH STATEMENT EXECUTE FUNCTION "platform"."pf_notify_write"();

CREATE TRIGGER "md_category_notify_write"
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "commerce"."md_category"
    FOR EACH STATEMENT EXECUTE FUNCTION "platform"."pf_notify_write"();

-- Every column but those of the stock, which each order writes: a commit that notifies waits for every other that does.
CREATE TRIGGER "md_product_notify_write"
    AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE OF
        "uid", "sku_cd", "nm", "pack_txt", "unit_price_minor", "ccy", "qty_reorder", "disc_flg", "supplier_uid",
        "category_uid", "row_ver"
    ON "commerce"."md_product"
    FOR EACH STATEMENT EXECUTE FUNCTION "platform"."pf_notify_write"();

-- Also for writes with `session_replication_role = replica`.
ALTER TABLE "commerce"."md_supplier" ENABLE ALWAYS TRIGGER "md_supplier_notify_write";
ALTER TABLE "commerce"."md_category" ENABLE ALWAYS TRIGGER "md_category_notify_write";
ALTER TABLE "commerce"."md_product" ENABLE ALWAYS TRIGGER "md_product_notify_write";
