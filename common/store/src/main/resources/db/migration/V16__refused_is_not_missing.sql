-- What the tables refused is neither lost nor unknown: the check on events.raw finds its offset among the rejections,
-- and takes later copies of it for duplicates.

-- The same ids counted under another ts between the bounds, or refused by the tables when received between them: the
-- enrichment remembers either. One scan of the organisation's rows, so only for the few that the first question leaves
-- open.
CREATE OR REPLACE FUNCTION counted_between(p_org text, p_from timestamptz, p_to timestamptz, p_sources text[], p_ids text[])
    RETURNS TABLE (n bigint, ts timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
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

CREATE OR REPLACE FUNCTION rejected_offsets(p_partition integer, p_offsets bigint[]) RETURNS SETOF bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT raw_offset FROM public.events_rejected
    WHERE raw_partition = p_partition AND raw_offset = ANY (p_offsets)
$$;
