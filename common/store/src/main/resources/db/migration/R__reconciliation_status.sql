-- How far the reconciliation of events.raw has come. checked_at: when a range was checked last, among the newest of
-- each partition. reconciled_through: everything received before this moment is checked; NULL while one of the topic's
-- p_partitions partitions has not been checked at all.
CREATE OR REPLACE FUNCTION reconciliation_status(p_partitions integer)
    RETURNS TABLE (checked_at timestamptz, reconciled_through timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT max(r.checked_at),
           CASE WHEN count(r.received_through) >= p_partitions THEN min(r.received_through) END
    FROM generate_series(0, p_partitions - 1) AS p (partition)
    LEFT JOIN LATERAL (
        SELECT checked_at, received_through FROM public.reconciliation_ranges
        WHERE partition = p.partition ORDER BY to_offset DESC LIMIT 1) r ON true
$$;

REVOKE ALL ON FUNCTION reconciliation_status(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reconciliation_status(integer) TO ecomind_api, ecomind_worker, ecomind_pipeline;
