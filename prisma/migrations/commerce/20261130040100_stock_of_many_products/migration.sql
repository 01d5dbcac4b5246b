-- A text without accents, as foldedText of src/platform/database/folded-text.ts makes it. A text in ASCII is itself. Generated
-- columns call it: from version 16 on, PostgreSQL reads the expression of such a column again for each row that an UPDATE changes, and a
-- call is short. Each role may call it that writes to such a table (src/platform/database/grant-privileges.ts).
CREATE FUNCTION "commerce"."folded_text"(original text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS E'BEGIN
    RETURN CASE
        WHEN pg_catalog.octet_length(original) OPERATOR(pg_catalog.=) pg_catalog.char_length(original) THEN original
        ELSE pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(
            pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.translate(
                normalize(pg_catalog.regexp_replace(normalize(original, NFD), \'[\\u0300-\\u036f]\', \'\', \'g\'), NFC),
                \'øØłŁđĐðÐħĦŧŦıſ\', \'oOlLdDdDhHtTis\'),
            \'ß\', \'ss\'), \'ẞ\', \'SS\'), \'æ\', \'ae\'), \'Æ\', \'AE\'), \'œ\', \'oe\'), \'Œ\', \'OE\'), \'þ\', \'th\'), \'Þ\', \'TH\')
        END\073
END';

-- A change of a product's stock cost PostgreSQL 40 µs for the long expression of `nm_folded`, which it did not need, and where the page
-- of the row was full, an entry in each index of the table. Now the expression is a call. Each page is half empty: an import
-- that changes the stock of all products needs room for a second version of each row. Without that room the second versions go
-- to new pages, and the table gets as long.
ALTER TABLE "commerce"."md_product" SET (fillfactor = 50);
ALTER TABLE "commerce"."md_product"
    DROP COLUMN "nm_folded",
    ADD COLUMN "nm_folded" TEXT NOT NULL GENERATED ALWAYS AS ("commerce"."folded_text"("nm")) STORED;
CREATE INDEX "md_product_nm_folded_trgm_ix" ON "commerce"."md_product" USING GIN ("nm_folded" gin_trgm_ops);

ALTER TABLE "commerce"."crm_customer"
    DROP COLUMN "nm_folded",
    ADD COLUMN "nm_folded" TEXT NOT NULL GENERATED ALWAYS AS ("commerce"."folded_text"("nm")) STORED;
CREATE INDEX "crm_customer_nm_folded_trgm_ix" ON "commerce"."crm_customer" USING GIN ("nm_folded" gin_trgm_ops);
