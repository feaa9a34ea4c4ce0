-- A sealed day is never added to. It is restated: as a whole, under the next rating version, by compare-and-set.

CREATE TABLE restatements (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id text REFERENCES orgs (id) ON DELETE CASCADE,
    from_date date NOT NULL,
    to_date date NOT NULL CHECK (to_date >= from_date),
    kind text NOT NULL CHECK (kind IN ('late', 'rerate')),
    factor_set text REFERENCES factor_sets (id),
    reason text NOT NULL DEFAULT '' CHECK (length(reason) <= 1000),
    state text NOT NULL DEFAULT 'requested' CHECK (state IN ('requested', 'running', 'done', 'failed', 'waiting')),
    requested_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    detail text,
    CHECK ((kind = 'rerate') = (factor_set IS NOT NULL))
);
CREATE INDEX restatements_org ON restatements (org_id, id);
CREATE INDEX restatements_factor_set ON restatements (factor_set);
CREATE INDEX restatements_unfinished ON restatements (id) WHERE state IN ('requested', 'running', 'waiting');
COMMENT ON TABLE restatements IS
    'Requests to restate sealed days; org_id NULL: of all organisations. late: count what came after sealing; rerate: '
    'rate every row again under factor_set. waiting: days of the range are not sealed yet, or changed meanwhile.';

CREATE TABLE rating_versions (
    org_id text NOT NULL,
    date date NOT NULL,
    version integer NOT NULL CHECK (version > 1),
    reason text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('late', 'rerate')),
    factor_set text REFERENCES factor_sets (id),
    restatement bigint NOT NULL,
    old_totals jsonb NOT NULL,
    new_totals jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, date, version)
);
CREATE INDEX rating_versions_factor_set ON rating_versions (factor_set);
COMMENT ON TABLE rating_versions IS
    'Why a sealed day has another rating version, by which request, and its totals before and after. Version 1 is the '
    'sealing and has no row; the current version is day_states.rating_version.';

CREATE TABLE daily_usage_history (
    LIKE daily_usage,
    rating_version integer NOT NULL,
    PRIMARY KEY (org_id, date, rating_version, user_id, project, provider, model, region, factor_set)
);
COMMENT ON TABLE daily_usage_history IS
    'daily_usage as it was under rating versions that are no longer current, so that a plain SUM over daily_usage is '
    'right. The aggregates of an old version follow from it.';

CREATE TABLE restatement_totals (
    LIKE daily_usage,
    restatement bigint NOT NULL,
    PRIMARY KEY (restatement, org_id, date, user_id, project, provider, model, region, factor_set)
);
COMMENT ON TABLE restatement_totals IS 'Stage: cube rows that a running restatement has computed.';

CREATE TABLE restatement_rows (
    restatement bigint NOT NULL,
    org_id text NOT NULL,
    ts timestamptz NOT NULL,
    source text NOT NULL,
    id text NOT NULL,
    factor_set text NOT NULL,
    match text NOT NULL,
    matched text NOT NULL,
    basis text NOT NULL,
    grid_match text NOT NULL,
    grid_zone text NOT NULL,
    grid_resolution text NOT NULL,
    evidence_tier smallint NOT NULL,
    PRIMARY KEY (restatement, org_id, ts, source, id)
);
COMMENT ON TABLE restatement_rows IS 'Stage: what a running restatement has rated again, by the key of the event row.';

DO $generate$
DECLARE
    quantities text[] := ARRAY[
        'kwh', 'water_l', 'water_onsite_l', 'water_offsite_l',
        'co2_kg', 'co2_operational_kg', 'co2_embodied_kg', 'co2_market_kg'];
    amounts text[] := ARRAY(
        SELECT quantity || bound FROM unnest(quantities) AS quantity, unnest(ARRAY['_low', '', '_high']) AS bound);
    labels text[] := ARRAY[
        'factor_set', 'match', 'matched', 'basis', 'grid_match', 'grid_zone', 'grid_resolution', 'evidence_tier'];
    totals text[] := ARRAY[
        'call_count', 'uncovered_count', 'tokens_in', 'tokens_out',
        'uncovered_tokens_in', 'uncovered_tokens_out', 'market_count'] || amounts;
    total_names text := array_to_string(totals, ', ');
    total_sums text := (SELECT string_agg(format('sum(%I)', name), ', ') FROM unnest(totals) AS name);
    cube text := 'org_id, date, user_id, project, provider, model, region, factor_set';
    aggregates text := '';
    daily record;
    tenant text;
BEGIN
    EXECUTE 'ALTER TABLE restatement_rows ' || (
        SELECT string_agg(
            format('ADD COLUMN %I numeric(30, %s)', name, CASE WHEN name ^@ 'water' THEN 9 ELSE 12 END), ', ')
        FROM unnest(amounts) AS name);

    FOR daily IN
        SELECT * FROM (VALUES
            ('daily_user_agg', 'org_id, date, user_id'), ('daily_model_agg', 'org_id, date, provider, model'),
            ('daily_provider_agg', 'org_id, date, provider'), ('daily_org_agg', 'org_id, date')) AS t(name, key)
    LOOP
        aggregates := aggregates || format($sql$
    DELETE FROM public.%1$I WHERE org_id = p_org AND date = p_date;
    INSERT INTO public.%1$I (%2$s, %3$s)
    SELECT %2$s, %4$s FROM public.restatement_totals
    WHERE restatement = p_restatement AND org_id = p_org AND date = p_date GROUP BY %2$s;$sql$,
            daily.name, daily.key, total_names, total_sums);
    END LOOP;

    -- Puts a day's staged figures in place, all of it or nothing. Returns restated; lost: the day has another version or
    -- is not sealed; changed: rows came after they were read; incomplete: rows of the stored totals are gone. In all
    -- cases but the first the day stays as it is. daily_control is not touched: it holds what the windows said at sealing.
    EXECUTE format($function$
CREATE FUNCTION restate_day(p_restatement bigint, p_org text, p_date date, p_expected integer) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $body$
DECLARE
    request record;
    day record;
    -- What the day's rows are rated as from now on.
    next_version integer := p_expected + 1;
    counted bigint;
    late_rows bigint;
    staged bigint;
    updated bigint;
    old jsonb;
BEGIN
    SELECT kind, factor_set, reason INTO request FROM public.restatements WHERE id = p_restatement AND state = 'running';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no running restatement %%', p_restatement;
    END IF;
    -- Writers of rows hold a share lock until they commit, so from here on no row comes.
    SELECT day_end INTO day FROM public.day_states
    WHERE org_id = p_org AND date = p_date AND state = 'sealed' AND rating_version = p_expected
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'lost';
    END IF;
    SELECT count(*) FILTER (WHERE rating_version > 0), count(*) FILTER (WHERE rating_version = 0)
    INTO counted, late_rows
    FROM public.events_enriched
    WHERE org_id = p_org AND local_date = p_date
      AND ts >= day.day_end - INTERVAL '3 days' AND ts < day.day_end;
    SELECT to_jsonb(t) - ARRAY['org_id', 'date', 'sequence', 'changed_in'] INTO old FROM public.daily_org_agg t WHERE org_id = p_org AND date = p_date;
    IF counted <> coalesce((old ->> 'call_count')::bigint, 0) THEN
        UPDATE public.day_states SET detail = 'not restated: event rows of the stored totals are gone'
        WHERE org_id = p_org AND date = p_date AND state = 'sealed' AND rating_version = p_expected;
        RETURN 'incomplete';
    END IF;
    SELECT coalesce(sum(call_count), 0) INTO staged FROM public.restatement_totals
    WHERE restatement = p_restatement AND org_id = p_org AND date = p_date;
    IF staged <> counted + late_rows THEN
        RETURN 'changed';
    END IF;

    UPDATE public.day_states
    SET rating_version = next_version, needs_restatement = false, changed_at = now(), detail = NULL
    WHERE org_id = p_org AND date = p_date AND state = 'sealed' AND rating_version = p_expected;

    INSERT INTO public.daily_usage_history (%1$s, %2$s, rating_version)
    SELECT %1$s, %2$s, p_expected FROM public.daily_usage WHERE org_id = p_org AND date = p_date;
    DELETE FROM public.daily_usage WHERE org_id = p_org AND date = p_date;
    INSERT INTO public.daily_usage (%1$s, %2$s)
    SELECT %1$s, %2$s FROM public.restatement_totals
    WHERE restatement = p_restatement AND org_id = p_org AND date = p_date;
%3$s

    IF request.kind = 'rerate' THEN
        UPDATE public.events_enriched e SET rating_version = next_version, %4$s
        FROM public.restatement_rows s
        WHERE s.restatement = p_restatement AND s.org_id = p_org
          AND s.ts >= day.day_end - INTERVAL '3 days' AND s.ts < day.day_end
          AND e.org_id = p_org AND e.local_date = p_date
          AND e.ts >= day.day_end - INTERVAL '3 days' AND e.ts < day.day_end
          AND e.ts = s.ts AND e.source = s.source AND e.id = s.id;
    ELSE
        UPDATE public.events_enriched SET rating_version = next_version
        WHERE org_id = p_org AND local_date = p_date
          AND ts >= day.day_end - INTERVAL '3 days' AND ts < day.day_end;
    END IF;
    GET DIAGNOSTICS updated = ROW_COUNT;
    IF updated <> staged
       OR EXISTS (SELECT FROM public.day_differences(p_org, p_date, day.day_end) WHERE side = 'cube') THEN
        RAISE EXCEPTION 'the staged totals of %% %% are not the sums of its rows', p_org, p_date;
    END IF;

    INSERT INTO public.rating_versions
        (org_id, date, version, reason, kind, factor_set, restatement, old_totals, new_totals)
    SELECT p_org, p_date, next_version,
           concat_ws('; ', nullif(request.reason, ''), 'rated again under ' || request.factor_set,
                     CASE WHEN late_rows > 0 OR request.kind = 'late'
                          THEN format('%%s of %%s rows came after sealing', late_rows, staged) END),
           request.kind, request.factor_set, p_restatement,
           coalesce(old, '{}'), coalesce((SELECT to_jsonb(t) - ARRAY['org_id', 'date', 'sequence', 'changed_in'] FROM public.daily_org_agg t
                                          WHERE org_id = p_org AND date = p_date), '{}');
    RETURN 'restated';
END $body$$function$,
        cube,
        total_names,
        aggregates,
        (SELECT string_agg(format('%1$I = s.%1$I', name), ', ') FROM unnest(labels || amounts) AS name));

    FOREACH tenant IN ARRAY ARRAY[
        'restatements', 'rating_versions', 'daily_usage_history', 'restatement_totals', 'restatement_rows']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant);
        EXECUTE format(
            'CREATE POLICY tenant ON %I TO ecomind_api, ecomind_worker, ecomind_dispatcher '
            'USING (org_id = current_org()) WITH CHECK (org_id = current_org())', tenant);
        EXECUTE format('CREATE POLICY across ON %I TO ecomind_pipeline USING (true) WITH CHECK (true)', tenant);
        EXECUTE format('CREATE POLICY owner ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', tenant);
    END LOOP;
END $generate$;
COMMENT ON FUNCTION restate_day(bigint, text, date, integer) IS
    'Puts the staged figures of a sealed day in place if the day still has the expected version.';
GRANT EXECUTE ON FUNCTION restate_day(bigint, text, date, integer) TO ecomind_pipeline;

CREATE INDEX day_states_marked ON day_states (org_id, date) WHERE needs_restatement;

GRANT SELECT, INSERT, UPDATE ON restatements TO ecomind_pipeline;
GRANT SELECT, INSERT (org_id, from_date, to_date, kind, factor_set, reason) ON restatements
    TO ecomind_api, ecomind_worker;
GRANT SELECT ON rating_versions, daily_usage_history TO ecomind_api, ecomind_worker, ecomind_pipeline;
GRANT SELECT, INSERT, UPDATE, DELETE ON restatement_totals, restatement_rows TO ecomind_pipeline;
GRANT SELECT ON factors_overrides, power_contracts TO ecomind_pipeline;
