-- One page of the records that are missing at present, by partition and offset, after the given place. It runs with the
-- owner's rights, because the worker's role may read no tenant's rows.
CREATE OR REPLACE FUNCTION list_missing(p_after_partition integer, p_after_offset bigint, p_limit integer)
    RETURNS TABLE (
        raw_partition integer, raw_offset bigint, org_id text, source text, event_id text, user_id text,
        ts timestamptz, received_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT m.raw_partition, m.raw_offset, m.org_id, m.source, m.event_id, m.user_id, m.ts, m.received_at
    FROM public.reconciliation_missing m
    WHERE m.resolved_at IS NULL AND (m.raw_partition, m.raw_offset) > (p_after_partition, p_after_offset)
    ORDER BY 1, 2 LIMIT p_limit
$$;

REVOKE ALL ON FUNCTION list_missing(integer, bigint, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION list_missing(integer, bigint, integer) TO ecomind_worker;
