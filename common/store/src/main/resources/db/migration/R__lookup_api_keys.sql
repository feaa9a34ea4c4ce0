-- Finds API keys by their ids: for each that exists, the organisation it belongs to, its hash and which pepper made it, its
-- scopes, whether it is revoked, when it ends, and the ingest limits of the organisation's plan.
--
-- A request's organisation is not known before its key is, so this runs with the owner's rights, over all
-- organisations. Besides ingest_limits, and lookup_api_key for servers of the version before, it is the only thing that the
-- gateway's role may read.
CREATE OR REPLACE FUNCTION lookup_api_keys(p_ids text[])
    RETURNS TABLE (id text, key_hash bytea, pepper_version integer, org_id text, user_id text, source text, scopes text[],
                   revoked boolean, expires_at timestamptz, ingest_shards integer, plan text,
                   events_per_minute bigint, events_per_day bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT k.id, k.key_hash, k.pepper_version, k.org_id, k.user_id, k.source, k.scopes, k.revoked_at IS NOT NULL,
           k.expires_at, o.ingest_shards, o.plan, p.events_per_minute, p.events_per_day
    FROM public.api_keys k
    JOIN public.orgs o ON o.id = k.org_id
    JOIN public.plans p ON p.plan = o.plan
    WHERE k.id = ANY (p_ids)
$$;

REVOKE ALL ON FUNCTION lookup_api_keys(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup_api_keys(text[]) TO ecomind_gateway, ecomind_api;
