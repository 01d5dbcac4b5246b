-- A text without accents, as foldedText of src/platform/database/folded-text.ts makes it. A text in ASCII is itself. Generated
-- columns call it: from version 16 on, PostgreSQL reads the expression of such a column again for each row that an UPDATE changes, and a
-- call is short. It says nothing about data, so each role may call it that writes to such a table in plain SQL.
CREATE FUNCTION "platform"."pf_folded_text"(original text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS E'BEGIN
    RETURN CASE
        WHEN pg_catalog.octet_length(original) OPERATOR(pg_catalog.=) pg_catalog.char_length(original) THEN original
        ELSE pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(
            pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.translate(
                normalize(pg_catalog.regexp_replace(normalize(original, NFD), \'[\\u0300-\\u036f]\', \'\', \'g\'), NFC),
                \'øØłŁđĐðÐħĦŧŦıſ\', \'oOlLdDdDhHtTis\'),
            \'ß\', \'ss\'), \'ẞ\', \'SS\'), \'æ\', \'ae\'), \'Æ\', \'AE\'), \'œ\', \'oe\'), \'Œ\', \'OE\'), \'þ\', \'th\'), \'Þ\', \'TH\')
        END\073
END';
GRANT EXECUTE ON FUNCTION "platform"."pf_folded_text"(text) TO PUBLIC;
