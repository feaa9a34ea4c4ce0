-- Gives an organisation a plan, and returns false when it has it already. Gateways follow when they next read its limits,
-- within ten seconds while it sends; after a pause its first request may still go by the old ones.
--
-- Only operators may decide what an organisation is allowed, so no process has a right to call this.
CREATE OR REPLACE FUNCTION set_plan(p_org text, p_plan text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.orgs WHERE id = p_org) THEN
        RAISE EXCEPTION 'there is no organisation %', p_org USING ERRCODE = 'no_data_found';
    END IF;
    UPDATE public.orgs SET plan = p_plan WHERE id = p_org AND plan <> p_plan;
    RETURN FOUND;
END $$;

REVOKE ALL ON FUNCTION set_plan(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION set_plan(text, text) TO ecomind_operator;
