-- Finds ids of an organisation that are stored under another ts between the bounds, or that the tables refused when
-- they were received between them: the enrichment knows both as duplicates. n is the position in the arrays, from 1.
--
-- It scans the organisation's rows between the bounds, so it is meant for the few ids that counted_at does not find. It
-- runs with the owner's rights, because the worker's role may read no tenant's rows.
CREATE OR REPLACE FUNCTION counted_between(
    p_org text, p_from timestamptz, p_to timestamptz, p_sources text[], p_ids text[])
    RETURNS TABLE (n bigint, ts timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT k.n, e.ts
    FROM unnest(p_sources, p_ids) WITH ORDINALITY AS k (source, id, n)
    JOIN public.events_enriched e ON e.source = k.source AND e.id = k.id
    WHERE e.org_id = p_org AND e.ts BETWEEN p_from AND p_to
    UNION ALL
    SELECT k.n, r.rejected_at
    FROM unnest(p_sources, p_ids) WITH ORDINALITY AS k (source, id, n)
    JOIN public.events_rejected r ON r.source = k.source AND r.event_id = k.id
    WHERE r.origin = 'projection' AND r.org_id = p_org AND r.rejected_at BETWEEN p_from AND p_to
$$;

REVOKE ALL ON FUNCTION counted_between(text, timestamptz, timestamptz, text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION counted_between(text, timestamptz, timestamptz, text[], text[]) TO ecomind_worker;
