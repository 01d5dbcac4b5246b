-- The planner believes that a new partition is empty. Whatever it believes, events are found by the index.
ALTER FUNCTION "platform"."pf_feed_advance"() SET enable_seqscan = off;
ALTER FUNCTION "platform"."pf_feed_advance"() SET enable_hashjoin = off;
ALTER FUNCTION "platform"."pf_feed_advance"() SET enable_mergejoin = off;
