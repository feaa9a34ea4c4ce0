-- Marks missing records of which a later check found what became of them. The first such moment stays. It runs with the
-- owner's rights, because the worker's role may write no tenant's rows.
CREATE OR REPLACE FUNCTION resolve_missing(p_partition integer, p_offsets bigint[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    UPDATE public.reconciliation_missing SET resolved_at = now()
    WHERE raw_partition = p_partition AND raw_offset = ANY (p_offsets) AND resolved_at IS NULL
$$;

REVOKE ALL ON FUNCTION resolve_missing(integer, bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION resolve_missing(integer, bigint[]) TO ecomind_worker;
