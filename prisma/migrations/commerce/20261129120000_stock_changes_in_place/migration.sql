-- Every order changes the stock of its products. While no index depends on the stock, and the page of the row has room, such a
-- change leaves all indexes of the table alone (a heap-only update): with this index it wrote to each of them. Most products
-- are in stock, so the index by name serves that filter as well.
DROP INDEX "commerce"."md_product_stock_ix";
ALTER TABLE "commerce"."md_product" SET (fillfactor = 85);
