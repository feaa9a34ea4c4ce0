-- Adds an organisation with the time zone of its days, and returns false when there is one with the id already, which stays
-- as it is.
--
-- Only operators may decide what an organisation is allowed, so no process has a right to call this.
CREATE OR REPLACE FUNCTION create_organisation(
    p_org text, p_name text, p_plan text, p_zone text, p_ingest_shards integer) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    INSERT INTO public.orgs (id, name, plan, ingest_shards) VALUES (p_org, p_name, p_plan, p_ingest_shards)
    ON CONFLICT (id) DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO public.org_time_zones (org_id, valid_from, zone) VALUES (p_org, DATE '1970-01-01', p_zone);
    RETURN true;
END $$;

REVOKE ALL ON FUNCTION create_organisation(text, text, text, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION create_organisation(text, text, text, text, integer) TO ecomind_operator;
