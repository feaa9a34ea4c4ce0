-- Adds a row to rating_versions for each day that a rebuild created again above its last recorded version
-- (resume_rating_version), with the totals before and after, and returns how many. Called again it adds nothing.
CREATE OR REPLACE FUNCTION record_rebuild(p_rebuild bigint) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    recorded integer;
BEGIN
    IF NOT EXISTS (SELECT FROM public.rebuilds WHERE id = p_rebuild AND state = 'running') THEN
        RAISE EXCEPTION 'there is no running rebuild %', p_rebuild;
    END IF;
    INSERT INTO public.rating_versions
        (org_id, date, version, reason, kind, restatement, old_totals, new_totals)
    SELECT d.org_id, d.date, d.rating_version, 'rebuilt from Kafka, rated as the ledger says', 'rebuild', p_rebuild,
           last.new_totals,
           coalesce(to_jsonb(t) - ARRAY['org_id', 'date', 'sequence', 'changed_in'], '{}')
    FROM public.day_states d
    CROSS JOIN LATERAL (
        SELECT v.version, v.new_totals FROM public.rating_versions v
        WHERE v.org_id = d.org_id AND v.date = d.date
        ORDER BY v.version DESC LIMIT 1) AS last
    LEFT JOIN public.daily_org_agg t ON t.org_id = d.org_id AND t.date = d.date
    WHERE last.version < d.rating_version;
    GET DIAGNOSTICS recorded = ROW_COUNT;
    RETURN recorded;
END $$;

REVOKE ALL ON FUNCTION record_rebuild(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record_rebuild(bigint) TO ecomind_pipeline;
