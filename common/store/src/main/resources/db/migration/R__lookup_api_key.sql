-- Finds an API key by its id: the organisation it belongs to, its hash, its scopes, and the ingest limits of the
-- organisation's plan. No row when there is no such key; a revoked key is returned and says so.
--
-- For servers of the version before, while an installation is updated; later ones call lookup_api_keys. They do not know
-- that keys end, so a key that has ended is returned as revoked.
--
-- A request's organisation is not known before its key is, so this runs with the owner's rights, over all
-- organisations. Besides lookup_api_keys and ingest_limits it is the only thing that the gateway's role may read.
CREATE OR REPLACE FUNCTION lookup_api_key(p_id text)
    RETURNS TABLE (key_hash bytea, org_id text, user_id text, source text, scopes text[], revoked boolean,
                   ingest_shards integer, plan text, events_per_minute bigint, events_per_day bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT k.key_hash, k.org_id, k.user_id, k.source, k.scopes, k.revoked_at IS NOT NULL OR k.expires_at <= now(),
           o.ingest_shards, o.plan, p.events_per_minute, p.events_per_day
    FROM public.api_keys k
    JOIN public.orgs o ON o.id = k.org_id
    JOIN public.plans p ON p.plan = o.plan
    WHERE k.id = p_id
$$;

REVOKE ALL ON FUNCTION lookup_api_key(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup_api_key(text) TO ecomind_gateway, ecomind_api;
