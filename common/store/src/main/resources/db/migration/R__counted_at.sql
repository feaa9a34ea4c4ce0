-- Finds events in the event table by its own key: for each that is there, its position n in the arrays (from 1), where
-- it stood in events.raw, and whether it was late.
--
-- The reconciliation goes over all organisations and the worker's role may read no tenant's rows, so this runs with the
-- owner's rights. It tells nothing of an event that the worker has not read in events.raw.
CREATE OR REPLACE FUNCTION counted_at(p_orgs text[], p_ts timestamptz[], p_sources text[], p_ids text[])
    RETURNS TABLE (n bigint, raw_partition integer, raw_offset bigint, late boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT k.n, e.raw_partition, e.raw_offset, e.late
    FROM unnest(p_orgs, p_ts, p_sources, p_ids) WITH ORDINALITY AS k (org_id, ts, source, id, n)
    -- The LIMIT makes the planner look each key up in the index; a plain join could be planned as a scan of the table.
    CROSS JOIN LATERAL (
        SELECT r.raw_partition, r.raw_offset, r.late FROM public.events_enriched r
        WHERE r.org_id = k.org_id AND r.ts = k.ts AND r.source = k.source AND r.id = k.id
        LIMIT 1) e
$$;

REVOKE ALL ON FUNCTION counted_at(text[], timestamptz[], text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION counted_at(text[], timestamptz[], text[], text[]) TO ecomind_worker;
