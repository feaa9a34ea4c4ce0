-- The projection can be rebuilt from Kafka, and organisations ask for restatements with keys that may do so.

ALTER TABLE api_keys
    DROP CONSTRAINT api_keys_scopes_check,
    ADD CONSTRAINT api_keys_scopes_check
        CHECK (scopes <@ ARRAY['ingest', 'import', 'read', 'manage'] AND cardinality(scopes) > 0);

CREATE TABLE rebuilds (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'failed')),
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    events bigint NOT NULL,
    rejections bigint NOT NULL,
    events_read bigint NOT NULL DEFAULT 0,
    rows_added bigint NOT NULL DEFAULT 0,
    rejections_added bigint NOT NULL DEFAULT 0,
    detail text
);
COMMENT ON TABLE rebuilds IS
    'Runs that wrote the projection anew from Kafka. events, rejections: what the topics held; events_read: progress, '
    'more than events when a part was tried again; the rows that were added are counted in the transactions that added them.';
GRANT SELECT, INSERT, UPDATE ON rebuilds TO ecomind_pipeline;
GRANT SELECT (id) ON orgs TO ecomind_pipeline;

ALTER TABLE rating_versions
    DROP CONSTRAINT rating_versions_kind_check,
    ADD CONSTRAINT rating_versions_kind_check CHECK (kind IN ('late', 'rerate', 'rebuild'));
COMMENT ON COLUMN rating_versions.restatement IS 'The id in restatements; for the kind rebuild, in rebuilds.';

-- A day that is made anew goes on above the versions that it had: their rows are kept, and readers of usage.totals drop
-- what has a lower version than they know.
CREATE FUNCTION day_made_anew() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    NEW.rating_version := greatest(NEW.rating_version, (
        SELECT max(version) + 1 FROM public.rating_versions WHERE org_id = NEW.org_id AND date = NEW.date));
    RETURN NEW;
END $$;
CREATE TRIGGER day_states_made_anew BEFORE INSERT ON day_states FOR EACH ROW EXECUTE FUNCTION day_made_anew();

-- Writes down why days that were made anew have another version than their last restatement gave them. Returns how many.
CREATE FUNCTION record_rebuild(p_rebuild bigint) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
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
GRANT EXECUTE ON FUNCTION record_rebuild(bigint) TO ecomind_pipeline;
