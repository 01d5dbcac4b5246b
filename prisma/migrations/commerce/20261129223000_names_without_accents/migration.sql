-- Names without accents, for the search: "cote" finds "Côte". The expressions are those of src/platform/database/folded-text.ts.
-- They call no function of ours, so that roles that write in plain SQL need no further right. A name in
-- ASCII is itself.
DROP INDEX IF EXISTS "commerce"."md_product_nm_trgm_ix";
ALTER TABLE "commerce"."md_product" ADD COLUMN IF NOT EXISTS "nm_folded" TEXT NOT NULL GENERATED ALWAYS AS (
    CASE WHEN octet_length("nm") = char_length("nm") THEN "nm" ELSE replace(replace(replace(replace(replace(replace(replace(replace(
        translate(normalize(regexp_replace(normalize("nm", NFD), '[\u0300-\u036f]', '', 'g'), NFC), 'øØłŁđĐðÐħĦŧŦıſ', 'oOlLdDdDhHtTis'),
        'ß', 'ss'), 'ẞ', 'SS'), 'æ', 'ae'), 'Æ', 'AE'), 'œ', 'oe'), 'Œ', 'OE'), 'þ', 'th'), 'Þ', 'TH') END) STORED;
CREATE INDEX IF NOT EXISTS "md_product_nm_folded_trgm_ix" ON "commerce"."md_product" USING GIN ("nm_folded" gin_trgm_ops);

DROP INDEX IF EXISTS "commerce"."crm_customer_nm_trgm_ix";
ALTER TABLE "commerce"."crm_customer" ADD COLUMN IF NOT EXISTS "nm_folded" TEXT NOT NULL GENERATED ALWAYS AS (
    CASE WHEN octet_length("nm") = char_length("nm") THEN "nm" ELSE replace(replace(replace(replace(replace(replace(replace(replace(
        translate(normalize(regexp_replace(normalize("nm", NFD), '[\u0300-\u036f]', '', 'g'), NFC), 'øØłŁđĐðÐħĦŧŦıſ', 'oOlLdDdDhHtTis'),
        'ß', 'ss'), 'ẞ', 'SS'), 'æ', 'ae'), 'Æ', 'AE'), 'œ', 'oe'), 'Œ', 'OE'), 'þ', 'th'), 'Þ', 'TH') END) STORED;
CREATE INDEX IF NOT EXISTS "crm_customer_nm_folded_trgm_ix" ON "commerce"."crm_customer" USING GIN ("nm_folded" gin_trgm_ops);
