-- Everything that was received before this moment is in the tables. NULL until every partition of events.enriched has
-- brought its first heartbeat.
--
-- Every role that shows figures may ask; it reads no tenant's rows.
CREATE OR REPLACE FUNCTION complete_through() RETURNS timestamptz
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT CASE WHEN count(received_through) = count(*) THEN min(received_through) END FROM public.projection_offsets
$$;

REVOKE ALL ON FUNCTION complete_through() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION complete_through() TO ecomind_api, ecomind_worker, ecomind_pipeline;
