-- How many records of events.raw are missing at present, over all organisations: a number for the alarm, whose readers
-- may read no tenant's rows.
CREATE OR REPLACE FUNCTION count_missing() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT count(*) FROM public.reconciliation_missing WHERE resolved_at IS NULL
$$;

REVOKE ALL ON FUNCTION count_missing() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION count_missing() TO ecomind_worker, ecomind_pipeline;
