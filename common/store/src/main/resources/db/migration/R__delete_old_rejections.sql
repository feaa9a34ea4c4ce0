-- Deletes rejections that are older than p_keep, at most p_limit of them, oldest first, and returns how many. What Kafka
-- may still hold is kept in any case: verify and the reconciliation look there for what became of a record of events.raw.
--
-- SKIP LOCKED: a row that the projection is about to count once more is left to the next call.
CREATE OR REPLACE FUNCTION delete_old_rejections(p_keep interval, p_limit integer) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    WITH old AS (
        SELECT rejected_partition, rejected_offset
        FROM public.events_rejected
        WHERE rejected_at < now() - greatest(p_keep, INTERVAL '36 days')
        ORDER BY rejected_at
        LIMIT p_limit
        FOR UPDATE SKIP LOCKED
    ), deleted AS (
        DELETE FROM public.events_rejected r
        USING old
        WHERE r.rejected_partition = old.rejected_partition AND r.rejected_offset = old.rejected_offset
        RETURNING 1
    )
    SELECT count(*)::integer FROM deleted
$$;

REVOKE ALL ON FUNCTION delete_old_rejections(interval, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION delete_old_rejections(interval, integer) TO ecomind_worker;
