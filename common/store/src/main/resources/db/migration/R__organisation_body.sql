-- An organisation with its time zones as the body of a ReferenceEntry; NULL when it does not exist.
CREATE OR REPLACE FUNCTION organisation_body(p_org text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT jsonb_build_object('organisation', jsonb_build_object(
        'id', o.id,
        'timeZones', coalesce((
            SELECT jsonb_agg(
                jsonb_build_object('fromEpochDay', public.epoch_day(z.valid_from), 'zone', z.zone)
                ORDER BY z.valid_from)
            FROM public.org_time_zones z WHERE z.org_id = o.id), '[]'::jsonb)))
    FROM public.orgs o WHERE o.id = p_org
$$;

REVOKE ALL ON FUNCTION organisation_body(text) FROM PUBLIC;
