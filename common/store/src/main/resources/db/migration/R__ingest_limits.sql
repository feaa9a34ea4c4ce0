-- The limits of an organisation that the gateway needs beside those of lookup_api_key: how many rejections are kept, how
-- many names a day may have, and the time zones that make its days. No row when there is no such organisation.
--
-- The gateway's role may read no table, so this runs with the owner's rights.
CREATE OR REPLACE FUNCTION ingest_limits(p_org text)
    RETURNS TABLE (rejections_per_minute bigint, rejections_per_day bigint, users_per_day bigint, models_per_day bigint,
                   projects_per_day bigint, zones_from date[], zones text[])
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT p.rejections_per_minute, p.rejections_per_day, p.users_per_day, p.models_per_day, p.projects_per_day,
           ARRAY(SELECT z.valid_from FROM public.org_time_zones z WHERE z.org_id = o.id ORDER BY z.valid_from),
           ARRAY(SELECT z.zone FROM public.org_time_zones z WHERE z.org_id = o.id ORDER BY z.valid_from)
    FROM public.orgs o
    JOIN public.plans p ON p.plan = o.plan
    WHERE o.id = p_org
$$;

REVOKE ALL ON FUNCTION ingest_limits(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ingest_limits(text) TO ecomind_gateway;
