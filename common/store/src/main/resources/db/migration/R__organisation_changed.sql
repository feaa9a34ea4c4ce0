-- Trigger after every change of orgs and org_time_zones: publishes the whole organisation, or its deletion.
--
-- Locks: zones are rows of their own, so two transactions may change zones of one organisation at the same time. FOR
-- UPDATE on the organisation's row makes the second one wait for the first one's commit before it reads the zones and
-- draws its version; without it the entry with the higher version could lack the other one's zone.
CREATE OR REPLACE FUNCTION organisation_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    changed text := CASE TG_TABLE_NAME
        WHEN 'orgs' THEN to_jsonb(coalesce(NEW, OLD)) ->> 'id'
        ELSE to_jsonb(coalesce(NEW, OLD)) ->> 'org_id' END;
BEGIN
    PERFORM 1 FROM public.orgs WHERE id = changed FOR UPDATE;
    PERFORM public.publish_reference('org/' || changed, public.organisation_body(changed));
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION organisation_changed() FROM PUBLIC;
