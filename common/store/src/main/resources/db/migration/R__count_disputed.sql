-- How many days are in dispute at present, over all organisations: a number for the alarm, whose readers may read no
-- tenant's rows.
CREATE OR REPLACE FUNCTION count_disputed() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT count(*) FROM public.day_states WHERE state = 'disputed'
$$;

REVOKE ALL ON FUNCTION count_disputed() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION count_disputed() TO ecomind_worker, ecomind_pipeline;
