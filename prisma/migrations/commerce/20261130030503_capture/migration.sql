-- Writes in plain SQL become events. Made by `npm run migrate -- --capture` from the captures of the domain.
-- Semicolons in functions are written \073, since the driver adapter sends a migration cut at each one.

CREATE OR REPLACE FUNCTION "platform"."pf_capture_commerce_md_product"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET enable_seqscan = off AS E'BEGIN
    IF TG_OP = \'INSERT\' THEN
        INSERT INTO platform.pf_outbox
            (uid, topic_nm, doc_ver, agg_type, agg_key, owner_type, owner_key, agg_seq, actor_kind, event_doc)
        SELECT platform.pf_uuid_v7(), \'product.changed\', 1, \'Product\', c.key,
            NULL, c.owner,
            coalesce((SELECT max(o.agg_seq) FROM platform.pf_outbox o WHERE o.agg_type = \'Product\' AND o.agg_key = c.key), 0) + 1,
            \'database\',
            jsonb_build_object(\'productId\', platform.pf_type_id(\'product\', c.key::uuid),
                \'change\', c.change, \'changed\', c.changed)
        FROM (SELECT r."uid"::text AS key, NULL::text AS owner, \'INSERTED\' AS change, ARRAY[]::text[] AS changed FROM after_rows r) c\073
    ELSIF TG_OP = \'DELETE\' THEN
        INSERT INTO platform.pf_outbox
            (uid, topic_nm, doc_ver, agg_type, agg_key, owner_type, owner_key, agg_seq, actor_kind, event_doc)
        SELECT platform.pf_uuid_v7(), \'product.changed\', 1, \'Product\', c.key,
            NULL, c.owner,
            coalesce((SELECT max(o.agg_seq) FROM platform.pf_outbox o WHERE o.agg_type = \'Product\' AND o.agg_key = c.key), 0) + 1,
            \'database\',
            jsonb_build_object(\'productId\', platform.pf_type_id(\'product\', c.key::uuid),
                \'change\', c.change, \'changed\', c.changed)
        FROM (SELECT r."uid"::text AS key, NULL::text AS owner, \'DELETED\' AS change, ARRAY[]::text[] AS changed FROM before_rows r) c\073
    ELSIF TG_OP = \'TRUNCATE\' THEN
        INSERT INTO platform.pf_outbox
            (uid, topic_nm, doc_ver, agg_type, agg_key, owner_type, owner_key, agg_seq, actor_kind, event_doc)
        SELECT platform.pf_uuid_v7(), \'product.changed\', 1, \'Product\', c.key,
            NULL, c.owner,
            coalesce((SELECT max(o.agg_seq) FROM platform.pf_outbox o WHERE o.agg_type = \'Product\' AND o.agg_key = c.key), 0) + 1,
            \'database\',
            jsonb_build_object(\'productId\', platform.pf_type_id(\'product\', c.key::uuid),
                \'change\', c.change, \'changed\', c.changed)
        FROM (SELECT r."uid"::text AS key, NULL::text AS owner, \'DELETED\' AS change, ARRAY[]::text[] AS changed FROM "commerce"."md_product" r) c\073
    ELSE
        INSERT INTO platform.pf_outbox
            (uid, topic_nm, doc_ver, agg_type, agg_key, owner_type, owner_key, agg_seq, actor_kind, event_doc)
        SELECT platform.pf_uuid_v7(), \'product.changed\', 1, \'Product\', c.key,
            NULL, c.owner,
            coalesce((SELECT max(o.agg_seq) FROM platform.pf_outbox o WHERE o.agg_type = \'Product\' AND o.agg_key = c.key), 0) + 1,
            \'database\',
            jsonb_build_object(\'productId\', platform.pf_type_id(\'product\', c.key::uuid),
                \'change\', c.change, \'changed\', c.changed)
        FROM (
            SELECT * FROM (
                SELECT coalesce(a."uid", b."uid")::text AS key, coalesce(NULL::text, NULL::text) AS owner,
                    CASE WHEN b."uid" IS NULL THEN \'INSERTED\' WHEN a."uid" IS NULL THEN \'DELETED\' ELSE \'UPDATED\' END AS change,
                    CASE WHEN a."uid" = b."uid" THEN array_remove(ARRAY[
                        CASE WHEN b."sku_cd" IS DISTINCT FROM a."sku_cd" THEN \'sku\' END,
                        CASE WHEN b."nm" IS DISTINCT FROM a."nm" THEN \'name\' END,
                        CASE WHEN b."pack_txt" IS DISTINCT FROM a."pack_txt" THEN \'packaging\' END,
                        CASE WHEN (b."unit_price_minor", b."ccy") IS DISTINCT FROM (a."unit_price_minor", a."ccy") THEN \'unitPrice\' END,
                        CASE WHEN (b."qty_on_hand", b."qty_reserved", b."qty_reorder") IS DISTINCT FROM (a."qty_on_hand", a."qty_reserved", a."qty_reorder") THEN \'stock\' END,
                        CASE WHEN b."disc_flg" IS DISTINCT FROM a."disc_flg" THEN \'discontinued\' END,
                        CASE WHEN b."supplier_uid" IS DISTINCT FROM a."supplier_uid" THEN \'supplier\' END,
                        CASE WHEN b."category_uid" IS DISTINCT FROM a."category_uid" THEN \'category\' END,
                        CASE WHEN b."row_ver" IS DISTINCT FROM a."row_ver" THEN \'version\' END
                    ], NULL) ELSE ARRAY[]::text[] END AS changed
                FROM before_rows b FULL JOIN after_rows a ON a."uid" = b."uid"
            ) u WHERE u.change <> \'UPDATED\' OR cardinality(u.changed) > 0) c\073
    END IF\073
    IF FOUND THEN
        PERFORM pg_notify(\'frontdoor_events\', \'\')\073
    END IF\073
    RETURN NULL\073
END';

DROP TRIGGER IF EXISTS "md_product_capture_insert" ON "commerce"."md_product";
CREATE TRIGGER "md_product_capture_insert" AFTER INSERT ON "commerce"."md_product" REFERENCING NEW TABLE AS after_rows
    FOR EACH STATEMENT WHEN (current_setting('frontdoor.tells', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION "platform"."pf_capture_commerce_md_product"();
ALTER TABLE "commerce"."md_product" ENABLE ALWAYS TRIGGER "md_product_capture_insert";

DROP TRIGGER IF EXISTS "md_product_capture_update" ON "commerce"."md_product";
CREATE TRIGGER "md_product_capture_update" AFTER UPDATE ON "commerce"."md_product" REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
    FOR EACH STATEMENT WHEN (current_setting('frontdoor.tells', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION "platform"."pf_capture_commerce_md_product"();
ALTER TABLE "commerce"."md_product" ENABLE ALWAYS TRIGGER "md_product_capture_update";

DROP TRIGGER IF EXISTS "md_product_capture_delete" ON "commerce"."md_product";
CREATE TRIGGER "md_product_capture_delete" AFTER DELETE ON "commerce"."md_product" REFERENCING OLD TABLE AS before_rows
    FOR EACH STATEMENT WHEN (current_setting('frontdoor.tells', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION "platform"."pf_capture_commerce_md_product"();
ALTER TABLE "commerce"."md_product" ENABLE ALWAYS TRIGGER "md_product_capture_delete";

DROP TRIGGER IF EXISTS "md_product_capture_truncate" ON "commerce"."md_product";
CREATE TRIGGER "md_product_capture_truncate" BEFORE TRUNCATE ON "commerce"."md_product"
    FOR EACH STATEMENT WHEN (current_setting('frontdoor.tells', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION "platform"."pf_capture_commerce_md_product"();
ALTER TABLE "commerce"."md_product" ENABLE ALWAYS TRIGGER "md_product_capture_truncate";

CREATE OR REPLACE FUNCTION "platform"."pf_capture_commerce_md_category"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET enable_seqscan = off AS E'BEGIN
    IF TG_OP = \'INSERT\' THEN
        INSERT INTO platform.pf_outbox
            (uid, topic_nm, doc_ver, agg_type, agg_key, owner_type, owner_key, agg_seq, actor_kind, event_doc)
        SELECT platform.pf_uuid_v7(), \'category.changed\', 1, \'Category\', c.key,
            NULL, c.owner,
            coalesce((SELECT max(o.agg_seq) FROM platform.pf_outbox o WHERE o.agg_type = \'Category\' AND o.agg_key = c.key), 0) + 1,
            \'database\',
            jsonb_build_object(\'categoryId\', platform.pf_type_id(\'category\', c.key::uuid),
                \'change\', c.change, \'changed\', c.changed)
        FROM (SELECT r."uid"::text AS key, NULL::text AS owner, \'INSERTED\' AS change, ARRAY[]::text[] AS changed FROM after_rows r) c\073
    ELSIF TG_OP = \'DELETE\' THEN
        INSERT INTO platform.pf_outbox
            (uid, topic_nm, doc_ver, agg_type, agg_key, owner_type, owner_key, agg_seq, actor_kind, event_doc)
        SELECT platform.pf_uuid_v7(), \'category.changed\', 1, \'Category\', c.key,
            NULL, c.owner,
            coalesce((SELECT max(o.agg_seq) FROM platform.pf_outbox o WHERE o.agg_type = \'Category\' AND o.agg_key = c.key), 0) + 1,
            \'database\',
            jsonb_build_object(\'categoryId\', platform.pf_type_id(\'category\', c.key::uuid),
                \'change\', c.change, \'changed\', c.changed)
        FROM (SELECT r."uid"::text AS key, NULL::text AS owner, \'DELETED\' AS change, ARRAY[]::text[] AS changed FROM before_rows r) c\073
    ELSIF TG_OP = \'TRUNCATE\' THEN
        INSERT INTO platform.pf_outbox
            (uid, topic_nm, doc_ver, agg_type, agg_key, owner_type, owner_key, agg_seq, actor_kind, event_doc)
        SELECT platform.pf_uuid_v7(), \'category.changed\', 1, \'Category\', c.key,
            NULL, c.owner,
            coalesce((SELECT max(o.agg_seq) FROM platform.pf_outbox o WHERE o.agg_type = \'Category\' AND o.agg_key = c.key), 0) + 1,
            \'database\',
            jsonb_build_object(\'categoryId\', platform.pf_type_id(\'category\', c.key::uuid),
                \'change\', c.change, \'changed\', c.changed)
        FROM (SELECT r."uid"::text AS key, NULL::text AS owner, \'DELETED\' AS change, ARRAY[]::text[] AS changed FROM "commerce"."md_category" r) c\073
    ELSE
        INSERT INTO platform.pf_outbox
            (uid, topic_nm, doc_ver, agg_type, agg_key, owner_type, owner_key, agg_seq, actor_kind, event_doc)
        SELECT platform.pf_uuid_v7(), \'category.changed\', 1, \'Category\', c.key,
            NULL, c.owner,
            coalesce((SELECT max(o.agg_seq) FROM platform.pf_outbox o WHERE o.agg_type = \'Category\' AND o.agg_key = c.key), 0) + 1,
            \'database\',
            jsonb_build_object(\'categoryId\', platform.pf_type_id(\'category\', c.key::uuid),
                \'change\', c.change, \'changed\', c.changed)
        FROM (
            SELECT * FROM (
                SELECT coalesce(a."uid", b."uid")::text AS key, coalesce(NULL::text, NULL::text) AS owner,
                    CASE WHEN b."uid" IS NULL THEN \'INSERTED\' WHEN a."uid" IS NULL THEN \'DELETED\' ELSE \'UPDATED\' END AS change,
                    CASE WHEN a."uid" = b."uid" THEN array_remove(ARRAY[
                        CASE WHEN b."nm" IS DISTINCT FROM a."nm" THEN \'name\' END,
                        CASE WHEN b."descr_txt" IS DISTINCT FROM a."descr_txt" THEN \'description\' END,
                        CASE WHEN b."row_ver" IS DISTINCT FROM a."row_ver" THEN \'version\' END
                    ], NULL) ELSE ARRAY[]::text[] END AS changed
                FROM before_rows b FULL JOIN after_rows a ON a."uid" = b."uid"
            ) u WHERE u.change <> \'UPDATED\' OR cardinality(u.changed) > 0) c\073
    END IF\073
    IF FOUND THEN
        PERFORM pg_notify(\'frontdoor_events\', \'\')\073
    END IF\073
    RETURN NULL\073
END';

DROP TRIGGER IF EXISTS "md_category_capture_insert" ON "commerce"."md_category";
CREATE TRIGGER "md_category_capture_insert" AFTER INSERT ON "commerce"."md_category" REFERENCING NEW TABLE AS after_rows
    FOR EACH STATEMENT WHEN (current_setting('frontdoor.tells', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION "platform"."pf_capture_commerce_md_category"();
ALTER TABLE "commerce"."md_category" ENABLE ALWAYS TRIGGER "md_category_capture_insert";

DROP TRIGGER IF EXISTS "md_category_capture_update" ON "commerce"."md_category";
CREATE TRIGGER "md_category_capture_update" AFTER UPDATE ON "commerce"."md_category" REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
    FOR EACH STATEMENT WHEN (current_setting('frontdoor.tells', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION "platform"."pf_capture_commerce_md_category"();
ALTER TABLE "commerce"."md_category" ENABLE ALWAYS TRIGGER "md_category_capture_update";

DROP TRIGGER IF EXISTS "md_category_capture_delete" ON "commerce"."md_category";
CREATE TRIGGER "md_category_capture_delete" AFTER DELETE ON "commerce"."md_category" REFERENCING OLD TABLE AS before_rows
    FOR EACH STATEMENT WHEN (current_setting('frontdoor.tells', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION "platform"."pf_capture_commerce_md_category"();
ALTER TABLE "commerce"."md_category" ENABLE ALWAYS TRIGGER "md_category_capture_delete";

DROP TRIGGER IF EXISTS "md_category_capture_truncate" ON "commerce"."md_category";
CREATE TRIGGER "md_category_capture_truncate" BEFORE TRUNCATE ON "commerce"."md_category"
    FOR EACH STATEMENT WHEN (current_setting('frontdoor.tells', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION "platform"."pf_capture_commerce_md_category"();
ALTER TABLE "commerce"."md_category" ENABLE ALWAYS TRIGGER "md_category_capture_truncate";

CREATE OR REPLACE FUNCTION "platform"."pf_capture_commerce_md_supplier"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET enable_seqscan = off AS E'BEGIN
    IF TG_OP = \'INSERT\' THEN
        INSERT INTO platform.pf_outbox
            (uid, topic_nm, doc_ver, agg_type, agg_key, owner_type, owner_key, agg_seq, actor_kind, event_doc)
        SELECT platform.pf_uuid_v7(), \'supplier.changed\', 1, \'Supplier\', c.key,
            NULL, c.owner,
            coalesce((SELECT max(o.agg_seq) FROM platform.pf_outbox o WHERE o.agg_type = \'Supplier\' AND o.agg_key = c.key), 0) + 1,
            \'database\',
            jsonb_build_object(\'supplierId\', platform.pf_type_id(\'supplier\', c.key::uuid),
                \'change\', c.change, \'changed\', c.changed)
        FROM (SELECT r."uid"::text AS key, NULL::text AS owner, \'INSERTED\' AS change, ARRAY[]::text[] AS changed FROM after_rows r) c\073
    ELSIF TG_OP = \'DELETE\' THEN
        INSERT INTO platform.pf_outbox
            (uid, topic_nm, doc_ver, agg_type, agg_key, owner_type, owner_key, agg_seq, actor_kind, event_doc)
        SELECT platform.pf_uuid_v7(), \'supplier.changed\', 1, \'Supplier\', c.key,
            NULL, c.owner,
            coalesce((SELECT max(o.agg_seq) FROM platform.pf_outbox o WHERE o.agg_type = \'Supplier\' AND o.agg_key = c.key), 0) + 1,
            \'database\',
            jsonb_build_object(\'supplierId\', platform.pf_type_id(\'supplier\', c.key::uuid),
                \'change\', c.change, \'changed\', c.changed)
        FROM (SELECT r."uid"::text AS key, NULL::text AS owner, \'DELETED\' AS change, ARRAY[]::text[] AS changed FROM before_rows r) c\073
    ELSIF TG_OP = \'TRUNCATE\' THEN
        INSERT INTO platform.pf_outbox
            (uid, topic_nm, doc_ver, agg_type, agg_key, owner_type, owner_key, agg_seq, actor_kind, event_doc)
        SELECT platform.pf_uuid_v7(), \'supplier.changed\', 1, \'Supplier\', c.key,
            NULL, c.owner,
            coalesce((SELECT max(o.agg_seq) FROM platform.pf_outbox o WHERE o.agg_type = \'Supplier\' AND o.agg_key = c.key), 0) + 1,
            \'database\',
            jsonb_build_object(\'supplierId\', platform.pf_type_id(\'supplier\', c.key::uuid),
                \'change\', c.change, \'changed\', c.changed)
        FROM (SELECT r."uid"::text AS key, NULL::text AS owner, \'DELETED\' AS change, ARRAY[]::text[] AS changed FROM "commerce"."md_supplier" r) c\073
    ELSE
        INSERT INTO platform.pf_outbox
            (uid, topic_nm, doc_ver, agg_type, agg_key, owner_type, owner_key, agg_seq, actor_kind, event_doc)
        SELECT platform.pf_uuid_v7(), \'supplier.changed\', 1, \'Supplier\', c.key,
            NULL, c.owner,
            coalesce((SELECT max(o.agg_seq) FROM platform.pf_outbox o WHERE o.agg_type = \'Supplier\' AND o.agg_key = c.key), 0) + 1,
            \'database\',
            jsonb_build_object(\'supplierId\', platform.pf_type_id(\'supplier\', c.key::uuid),
                \'change\', c.change, \'changed\', c.changed)
        FROM (
            SELECT * FROM (
                SELECT coalesce(a."uid", b."uid")::text AS key, coalesce(NULL::text, NULL::text) AS owner,
                    CASE WHEN b."uid" IS NULL THEN \'INSERTED\' WHEN a."uid" IS NULL THEN \'DELETED\' ELSE \'UPDATED\' END AS change,
                    CASE WHEN a."uid" = b."uid" THEN array_remove(ARRAY[
                        CASE WHEN b."nm" IS DISTINCT FROM a."nm" THEN \'name\' END,
                        CASE WHEN b."contact_nm" IS DISTINCT FROM a."contact_nm" THEN \'contactName\' END,
                        CASE WHEN b."contact_ttl" IS DISTINCT FROM a."contact_ttl" THEN \'contactTitle\' END,
                        CASE WHEN (b."addr_street", b."addr_city", b."addr_region", b."addr_zip") IS DISTINCT FROM (a."addr_street", a."addr_city", a."addr_region", a."addr_zip") THEN \'address\' END,
                        CASE WHEN b."addr_ctry" IS DISTINCT FROM a."addr_ctry" THEN \'country\' END,
                        CASE WHEN b."phone_no" IS DISTINCT FROM a."phone_no" THEN \'phone\' END
                    ], NULL) ELSE ARRAY[]::text[] END AS changed
                FROM before_rows b FULL JOIN after_rows a ON a."uid" = b."uid"
            ) u WHERE u.change <> \'UPDATED\' OR cardinality(u.changed) > 0) c\073
    END IF\073
    IF FOUND THEN
        PERFORM pg_notify(\'frontdoor_events\', \'\')\073
    END IF\073
    RETURN NULL\073
END';

DROP TRIGGER IF EXISTS "md_supplier_capture_insert" ON "commerce"."md_supplier";
CREATE TRIGGER "md_supplier_capture_insert" AFTER INSERT ON "commerce"."md_supplier" REFERENCING NEW TABLE AS after_rows
    FOR EACH STATEMENT WHEN (current_setting('frontdoor.tells', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION "platform"."pf_capture_commerce_md_supplier"();
ALTER TABLE "commerce"."md_supplier" ENABLE ALWAYS TRIGGER "md_supplier_capture_insert";

DROP TRIGGER IF EXISTS "md_supplier_capture_update" ON "commerce"."md_supplier";
CREATE TRIGGER "md_supplier_capture_update" AFTER UPDATE ON "commerce"."md_supplier" REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
    FOR EACH STATEMENT WHEN (current_setting('frontdoor.tells', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION "platform"."pf_capture_commerce_md_supplier"();
ALTER TABLE "commerce"."md_supplier" ENABLE ALWAYS TRIGGER "md_supplier_capture_update";

DROP TRIGGER IF EXISTS "md_supplier_capture_delete" ON "commerce"."md_supplier";
CREATE TRIGGER "md_supplier_capture_delete" AFTER DELETE ON "commerce"."md_supplier" REFERENCING OLD TABLE AS before_rows
    FOR EACH STATEMENT WHEN (current_setting('frontdoor.tells', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION "platform"."pf_capture_commerce_md_supplier"();
ALTER TABLE "commerce"."md_supplier" ENABLE ALWAYS TRIGGER "md_supplier_capture_delete";

DROP TRIGGER IF EXISTS "md_supplier_capture_truncate" ON "commerce"."md_supplier";
CREATE TRIGGER "md_supplier_capture_truncate" BEFORE TRUNCATE ON "commerce"."md_supplier"
    FOR EACH STATEMENT WHEN (current_setting('frontdoor.tells', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION "platform"."pf_capture_commerce_md_supplier"();
ALTER TABLE "commerce"."md_supplier" ENABLE ALWAYS TRIGGER "md_supplier_capture_truncate";

CREATE OR REPLACE FUNCTION "platform"."pf_capture_commerce_crm_customer"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET enable_seqscan = off AS E'BEGIN
    IF TG_OP = \'INSERT\' THEN
        INSERT INTO platform.pf_outbox
            (uid, topic_nm, doc_ver, agg_type, agg_key, owner_type, owner_key, agg_seq, actor_kind, event_doc)
        SELECT platform.pf_uuid_v7(), \'customer.changed\', 1, \'Customer\', c.key,
            \'Customer\', c.owner,
            coalesce((SELECT max(o.agg_seq) FROM platform.pf_outbox o WHERE o.agg_type = \'Customer\' AND o.agg_key = c.key), 0) + 1,
            \'database\',
            jsonb_build_object(\'customerId\', platform.pf_type_id(\'customer\', c.key::uuid),
                \'change\', c.change, \'changed\', c.changed)
        FROM (SELECT r."uid"::text AS key, r."uid"::text AS owner, \'INSERTED\' AS change, ARRAY[]::text[] AS changed FROM after_rows r) c\073
    ELSIF TG_OP = \'DELETE\' THEN
        INSERT INTO platform.pf_outbox
            (uid, topic_nm, doc_ver, agg_type, agg_key, owner_type, owner_key, agg_seq, actor_kind, event_doc)
        SELECT platform.pf_uuid_v7(), \'customer.changed\', 1, \'Customer\', c.key,
            \'Customer\', c.owner,
            coalesce((SELECT max(o.agg_seq) FROM platform.pf_outbox o WHERE o.agg_type = \'Customer\' AND o.agg_key = c.key), 0) + 1,
            \'database\',
            jsonb_build_object(\'customerId\', platform.pf_type_id(\'customer\', c.key::uuid),
                \'change\', c.change, \'changed\', c.changed)
        FROM (SELECT r."uid"::text AS key, r."uid"::text AS owner, \'DELETED\' AS change, ARRAY[]::text[] AS changed FROM before_rows r) c\073
    ELSIF TG_OP = \'TRUNCATE\' THEN
        INSERT INTO platform.pf_outbox
            (uid, topic_nm, doc_ver, agg_type, agg_key, owner_type, owner_key, agg_seq, actor_kind, event_doc)
        SELECT platform.pf_uuid_v7(), \'customer.changed\', 1, \'Customer\', c.key,
            \'Customer\', c.owner,
            coalesce((SELECT max(o.agg_seq) FROM platform.pf_outbox o WHERE o.agg_type = \'Customer\' AND o.agg_key = c.key), 0) + 1,
            \'database\',
            jsonb_build_object(\'customerId\', platform.pf_type_id(\'customer\', c.key::uuid),
                \'change\', c.change, \'changed\', c.changed)
        FROM (SELECT r."uid"::text AS key, r."uid"::text AS owner, \'DELETED\' AS change, ARRAY[]::text[] AS changed FROM "commerce"."crm_customer" r) c\073
    ELSE
        INSERT INTO platform.pf_outbox
            (uid, topic_nm, doc_ver, agg_type, agg_key, owner_type, owner_key, agg_seq, actor_kind, event_doc)
        SELECT platform.pf_uuid_v7(), \'customer.changed\', 1, \'Customer\', c.key,
            \'Customer\', c.owner,
            coalesce((SELECT max(o.agg_seq) FROM platform.pf_outbox o WHERE o.agg_type = \'Customer\' AND o.agg_key = c.key), 0) + 1,
            \'database\',
            jsonb_build_object(\'customerId\', platform.pf_type_id(\'customer\', c.key::uuid),
                \'change\', c.change, \'changed\', c.changed)
        FROM (
            SELECT * FROM (
                SELECT coalesce(a."uid", b."uid")::text AS key, coalesce(a."uid"::text, b."uid"::text) AS owner,
                    CASE WHEN b."uid" IS NULL THEN \'INSERTED\' WHEN a."uid" IS NULL THEN \'DELETED\' ELSE \'UPDATED\' END AS change,
                    CASE WHEN a."uid" = b."uid" THEN array_remove(ARRAY[
                        CASE WHEN b."cust_cd" IS DISTINCT FROM a."cust_cd" THEN \'code\' END,
                        CASE WHEN b."kind_cd" IS DISTINCT FROM a."kind_cd" THEN \'kind\' END,
                        CASE WHEN b."nm" IS DISTINCT FROM a."nm" THEN \'name\' END,
                        CASE WHEN b."contact_nm" IS DISTINCT FROM a."contact_nm" THEN \'contactName\' END,
                        CASE WHEN b."contact_ttl" IS DISTINCT FROM a."contact_ttl" THEN \'contactTitle\' END,
                        CASE WHEN b."email_addr" IS DISTINCT FROM a."email_addr" THEN \'email\' END,
                        CASE WHEN b."phone_no" IS DISTINCT FROM a."phone_no" THEN \'phone\' END,
                        CASE WHEN b."home_ctry" IS DISTINCT FROM a."home_ctry" THEN \'country\' END,
                        CASE WHEN b."mkt_flg" IS DISTINCT FROM a."mkt_flg" THEN \'marketingConsent\' END,
                        CASE WHEN b."row_ver" IS DISTINCT FROM a."row_ver" THEN \'version\' END
                    ], NULL) ELSE ARRAY[]::text[] END AS changed
                FROM before_rows b FULL JOIN after_rows a ON a."uid" = b."uid"
            ) u WHERE u.change <> \'UPDATED\' OR cardinality(u.changed) > 0) c\073
    END IF\073
    IF FOUND THEN
        PERFORM pg_notify(\'frontdoor_events\', \'\')\073
    END IF\073
    RETURN NULL\073
END';

DROP TRIGGER IF EXISTS "crm_customer_capture_insert" ON "commerce"."crm_customer";
CREATE TRIGGER "crm_customer_capture_insert" AFTER INSERT ON "commerce"."crm_customer" REFERENCING NEW TABLE AS after_rows
    FOR EACH STATEMENT WHEN (current_setting('frontdoor.tells', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION "platform"."pf_capture_commerce_crm_customer"();
ALTER TABLE "commerce"."crm_customer" ENABLE ALWAYS TRIGGER "crm_customer_capture_insert";

DROP TRIGGER IF EXISTS "crm_customer_capture_update" ON "commerce"."crm_customer";
CREATE TRIGGER "crm_customer_capture_update" AFTER UPDATE ON "commerce"."crm_customer" REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
    FOR EACH STATEMENT WHEN (current_setting('frontdoor.tells', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION "platform"."pf_capture_commerce_crm_customer"();
ALTER TABLE "commerce"."crm_customer" ENABLE ALWAYS TRIGGER "crm_customer_capture_update";

DROP TRIGGER IF EXISTS "crm_customer_capture_delete" ON "commerce"."crm_customer";
CREATE TRIGGER "crm_customer_capture_delete" AFTER DELETE ON "commerce"."crm_customer" REFERENCING OLD TABLE AS before_rows
    FOR EACH STATEMENT WHEN (current_setting('frontdoor.tells', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION "platform"."pf_capture_commerce_crm_customer"();
ALTER TABLE "commerce"."crm_customer" ENABLE ALWAYS TRIGGER "crm_customer_capture_delete";

DROP TRIGGER IF EXISTS "crm_customer_capture_truncate" ON "commerce"."crm_customer";
CREATE TRIGGER "crm_customer_capture_truncate" BEFORE TRUNCATE ON "commerce"."crm_customer"
    FOR EACH STATEMENT WHEN (current_setting('frontdoor.tells', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION "platform"."pf_capture_commerce_crm_customer"();
ALTER TABLE "commerce"."crm_customer" ENABLE ALWAYS TRIGGER "crm_customer_capture_truncate";

CREATE OR REPLACE FUNCTION "platform"."pf_capture_commerce_so_header"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET enable_seqscan = off AS E'BEGIN
    IF TG_OP = \'INSERT\' THEN
        INSERT INTO platform.pf_outbox
            (uid, topic_nm, doc_ver, agg_type, agg_key, owner_type, owner_key, agg_seq, actor_kind, event_doc)
        SELECT platform.pf_uuid_v7(), \'order.changed\', 1, \'Order\', c.key,
            \'Customer\', c.owner,
            coalesce((SELECT max(o.agg_seq) FROM platform.pf_outbox o WHERE o.agg_type = \'Order\' AND o.agg_key = c.key), 0) + 1,
            \'database\',
            jsonb_build_object(\'orderId\', platform.pf_type_id(\'order\', c.key::uuid),
                \'change\', c.change, \'changed\', c.changed)
        FROM (SELECT r."uid"::text AS key, r."cust_uid"::text AS owner, \'INSERTED\' AS change, ARRAY[]::text[] AS changed FROM after_rows r) c\073
    ELSIF TG_OP = \'DELETE\' THEN
        INSERT INTO platform.pf_outbox
            (uid, topic_nm, doc_ver, agg_type, agg_key, owner_type, owner_key, agg_seq, actor_kind, event_doc)
        SELECT platform.pf_uuid_v7(), \'order.changed\', 1, \'Order\', c.key,
            \'Customer\', c.owner,
            coalesce((SELECT max(o.agg_seq) FROM platform.pf_outbox o WHERE o.agg_type = \'Order\' AND o.agg_key = c.key), 0) + 1,
            \'database\',
            jsonb_build_object(\'orderId\', platform.pf_type_id(\'order\', c.key::uuid),
                \'change\', c.change, \'changed\', c.changed)
        FROM (SELECT r."uid"::text AS key, r."cust_uid"::text AS owner, \'DELETED\' AS change, ARRAY[]::text[] AS changed FROM before_rows r) c\073
    ELSIF TG_OP = \'TRUNCATE\' THEN
        INSERT INTO platform.pf_outbox
            (uid, topic_nm, doc_ver, agg_type, agg_key, owner_type, owner_key, agg_seq, actor_kind, event_doc)
        SELECT platform.pf_uuid_v7(), \'order.changed\', 1, \'Order\', c.key,
            \'Customer\', c.owner,
            coalesce((SELECT max(o.agg_seq) FROM platform.pf_outbox o WHERE o.agg_type = \'Order\' AND o.agg_key = c.key), 0) + 1,
            \'database\',
            jsonb_build_object(\'orderId\', platform.pf_type_id(\'order\', c.key::uuid),
                \'change\', c.change, \'changed\', c.changed)
        FROM (SELECT r."uid"::text AS key, r."cust_uid"::text AS owner, \'DELETED\' AS change, ARRAY[]::text[] AS changed FROM "commerce"."so_header" r) c\073
    ELSE
        INSERT INTO platform.pf_outbox
            (uid, topic_nm, doc_ver, agg_type, agg_key, owner_type, owner_key, agg_seq, actor_kind, event_doc)
        SELECT platform.pf_uuid_v7(), \'order.changed\', 1, \'Order\', c.key,
            \'Customer\', c.owner,
            coalesce((SELECT max(o.agg_seq) FROM platform.pf_outbox o WHERE o.agg_type = \'Order\' AND o.agg_key = c.key), 0) + 1,
            \'database\',
            jsonb_build_object(\'orderId\', platform.pf_type_id(\'order\', c.key::uuid),
                \'change\', c.change, \'changed\', c.changed)
        FROM (
            SELECT * FROM (
                SELECT coalesce(a."uid", b."uid")::text AS key, coalesce(a."cust_uid"::text, b."cust_uid"::text) AS owner,
                    CASE WHEN b."uid" IS NULL THEN \'INSERTED\' WHEN a."uid" IS NULL THEN \'DELETED\' ELSE \'UPDATED\' END AS change,
                    CASE WHEN a."uid" = b."uid" THEN array_remove(ARRAY[
                        CASE WHEN b."doc_no" IS DISTINCT FROM a."doc_no" THEN \'number\' END,
                        CASE WHEN b."cust_uid" IS DISTINCT FROM a."cust_uid" THEN \'customer\' END,
                        CASE WHEN b."carrier_uid" IS DISTINCT FROM a."carrier_uid" THEN \'carrier\' END,
                        CASE WHEN b."status_cd" IS DISTINCT FROM a."status_cd" THEN \'status\' END,
                        CASE WHEN b."ccy" IS DISTINCT FROM a."ccy" THEN \'currency\' END,
                        CASE WHEN b."placed_ts" IS DISTINCT FROM a."placed_ts" THEN \'placedAt\' END,
                        CASE WHEN b."required_dt" IS DISTINCT FROM a."required_dt" THEN \'requiredDate\' END,
                        CASE WHEN b."shipped_ts" IS DISTINCT FROM a."shipped_ts" THEN \'shippedAt\' END,
                        CASE WHEN b."delivered_ts" IS DISTINCT FROM a."delivered_ts" THEN \'deliveredAt\' END,
                        CASE WHEN b."cancelled_ts" IS DISTINCT FROM a."cancelled_ts" THEN \'cancelledAt\' END,
                        CASE WHEN b."cancel_txt" IS DISTINCT FROM a."cancel_txt" THEN \'cancelReason\' END,
                        CASE WHEN b."freight_minor" IS DISTINCT FROM a."freight_minor" THEN \'freight\' END,
                        CASE WHEN b."total_minor" IS DISTINCT FROM a."total_minor" THEN \'total\' END,
                        CASE WHEN b."paid_minor" IS DISTINCT FROM a."paid_minor" THEN \'amountPaid\' END,
                        CASE WHEN b."refunded_minor" IS DISTINCT FROM a."refunded_minor" THEN \'amountRefunded\' END,
                        CASE WHEN (b."st_recip_nm", b."st_street", b."st_city", b."st_region", b."st_zip", b."st_ctry") IS DISTINCT FROM (a."st_recip_nm", a."st_street", a."st_city", a."st_region", a."st_zip", a."st_ctry") THEN \'shipTo\' END,
                        CASE WHEN b."row_ver" IS DISTINCT FROM a."row_ver" THEN \'version\' END
                    ], NULL) ELSE ARRAY[]::text[] END AS changed
                FROM before_rows b FULL JOIN after_rows a ON a."uid" = b."uid"
            ) u WHERE u.change <> \'UPDATED\' OR cardinality(u.changed) > 0) c\073
    END IF\073
    IF FOUND THEN
        PERFORM pg_notify(\'frontdoor_events\', \'\')\073
    END IF\073
    RETURN NULL\073
END';

DROP TRIGGER IF EXISTS "so_header_capture_insert" ON "commerce"."so_header";
CREATE TRIGGER "so_header_capture_insert" AFTER INSERT ON "commerce"."so_header" REFERENCING NEW TABLE AS after_rows
    FOR EACH STATEMENT WHEN (current_setting('frontdoor.tells', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION "platform"."pf_capture_commerce_so_header"();
ALTER TABLE "commerce"."so_header" ENABLE ALWAYS TRIGGER "so_header_capture_insert";

DROP TRIGGER IF EXISTS "so_header_capture_update" ON "commerce"."so_header";
CREATE TRIGGER "so_header_capture_update" AFTER UPDATE ON "commerce"."so_header" REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
    FOR EACH STATEMENT WHEN (current_setting('frontdoor.tells', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION "platform"."pf_capture_commerce_so_header"();
ALTER TABLE "commerce"."so_header" ENABLE ALWAYS TRIGGER "so_header_capture_update";

DROP TRIGGER IF EXISTS "so_header_capture_delete" ON "commerce"."so_header";
CREATE TRIGGER "so_header_capture_delete" AFTER DELETE ON "commerce"."so_header" REFERENCING OLD TABLE AS before_rows
    FOR EACH STATEMENT WHEN (current_setting('frontdoor.tells', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION "platform"."pf_capture_commerce_so_header"();
ALTER TABLE "commerce"."so_header" ENABLE ALWAYS TRIGGER "so_header_capture_delete";

DROP TRIGGER IF EXISTS "so_header_capture_truncate" ON "commerce"."so_header";
CREATE TRIGGER "so_header_capture_truncate" BEFORE TRUNCATE ON "commerce"."so_header"
    FOR EACH STATEMENT WHEN (current_setting('frontdoor.tells', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION "platform"."pf_capture_commerce_so_header"();
ALTER TABLE "commerce"."so_header" ENABLE ALWAYS TRIGGER "so_header_capture_truncate";
