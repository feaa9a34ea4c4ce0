-- Which of the offsets of a partition of events.raw are listed as rejected, by a job or by the tables. It runs with the
-- owner's rights, because the worker's role may read no tenant's rows.
CREATE OR REPLACE FUNCTION rejected_offsets(p_partition integer, p_offsets bigint[]) RETURNS SETOF bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT raw_offset FROM public.events_rejected
    WHERE raw_partition = p_partition AND raw_offset = ANY (p_offsets)
$$;

REVOKE ALL ON FUNCTION rejected_offsets(integer, bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rejected_offsets(integer, bigint[]) TO ecomind_worker;
