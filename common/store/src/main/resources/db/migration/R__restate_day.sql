-- Replaces the figures of a sealed day by those that a restatement has staged, under the next rating version: event
-- rows, cube, and all daily and hourly totals, all of them or none. Returns what became of it; in all cases but the first the
-- day's figures stay as they are:
--   restated    the day has its new figures and the version p_expected + 1
--   lost        the day has another version than p_expected, or is not sealed
--   changed     rows came after the job had read them
--   incomplete  event rows of the stored totals are gone (the day's detail says so)
-- It raises an exception when the staged totals are not the sums of the rows. The cube as it was goes to
-- daily_usage_history, the reason and both totals to rating_versions. daily_control is left alone: it holds what the
-- windows said when the day was sealed.
--
-- The statements are built with format() from total_columns(), so that no list of figures can lack one.
--
-- Locks: FOR UPDATE on the day's row in day_states.
-- * The projection holds FOR SHARE on the days of a batch (a stronger lock on those it will mark) until it commits. So
--   from here on no row is added to the day, and needs_restatement, which a late row sets, cannot be cleared for a row
--   that is not counted here.
-- * Of two restatements of the day, the second waits for the first and then finds another rating_version: lost. That is
--   the compare-and-set.
CREATE OR REPLACE FUNCTION restate_day(p_restatement bigint, p_org text, p_date date, p_expected integer) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
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
    cube_key CONSTANT text := 'org_id, date, user_id, project, environment, source, provider, model, region, host, '
        'factor_set, match, evidence_tier, grid_match, assumed_region, assumed_host';
    names text;
    added text;
    of_rows text;
    replaced text;
    total record;
BEGIN
    SELECT string_agg(c.name, ', ' ORDER BY c.place),
           string_agg(format('sum(%I)', c.name), ', ' ORDER BY c.place),
           string_agg(c.of_rows, ', ' ORDER BY c.place),
           string_agg(format('%1$I = s.%1$I', c.name), ', ' ORDER BY c.place) FILTER (WHERE c.is_amount)
    INTO names, added, of_rows, replaced
    FROM public.total_columns() AS c;

    SELECT kind, factor_set, reason INTO request FROM public.restatements
    WHERE id = p_restatement AND state = 'running';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no running restatement %', p_restatement;
    END IF;

    SELECT day_end INTO day FROM public.day_states
    WHERE org_id = p_org AND date = p_date AND state = 'sealed' AND rating_version = p_expected
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'lost';
    END IF;

    -- The rows as they are under the lock, against the stored totals and against what the job has staged.
    SELECT count(*) FILTER (WHERE rating_version > 0), count(*) FILTER (WHERE rating_version = 0)
    INTO counted, late_rows
    FROM public.events_enriched
    WHERE org_id = p_org AND local_date = p_date
      AND ts >= day.day_end - INTERVAL '3 days' AND ts < day.day_end;
    SELECT to_jsonb(t) - ARRAY['org_id', 'date', 'sequence', 'changed_in'] INTO old
    FROM public.daily_org_agg t
    WHERE org_id = p_org AND date = p_date;
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

    -- The cube: what it was goes to the history, what is staged takes its place.
    EXECUTE format(
        'INSERT INTO public.daily_usage_history (%1$s, %2$s, rating_version) '
        'SELECT %1$s, %2$s, $3 FROM public.daily_usage WHERE org_id = $1 AND date = $2', cube_key, names)
        USING p_org, p_date, p_expected;
    DELETE FROM public.daily_usage WHERE org_id = p_org AND date = p_date;
    EXECUTE format(
        'INSERT INTO public.daily_usage (%1$s, %2$s) '
        'SELECT %1$s, %2$s FROM public.restatement_totals WHERE restatement = $3 AND org_id = $1 AND date = $2',
        cube_key, names)
        USING p_org, p_date, p_restatement;

    -- The daily totals are sums of the staged cube.
    FOR total IN
        SELECT * FROM (VALUES
            ('daily_user_agg', 'org_id, date, user_id'),
            ('daily_project_agg', 'org_id, date, project'),
            ('daily_environment_agg', 'org_id, date, environment'),
            ('daily_model_agg', 'org_id, date, provider, model'),
            ('daily_provider_agg', 'org_id, date, provider'),
            ('daily_org_agg', 'org_id, date')) AS t(name, key)
    LOOP
        EXECUTE format('DELETE FROM public.%I WHERE org_id = $1 AND date = $2', total.name) USING p_org, p_date;
        EXECUTE format(
            'INSERT INTO public.%1$I (%2$s, %3$s) '
            'SELECT %2$s, %4$s FROM public.restatement_totals '
            'WHERE restatement = $3 AND org_id = $1 AND date = $2 GROUP BY %2$s',
            total.name, total.key, names, added)
            USING p_org, p_date, p_restatement;
    END LOOP;

    -- The event rows: a rerating changes what they were rated as, either kind gives all of them the day's new version.
    IF request.kind = 'rerate' THEN
        EXECUTE format(
            'UPDATE public.events_enriched e '
            'SET rating_version = $4, factor_set = s.factor_set, match = s.match, matched = s.matched, basis = s.basis, '
            '    grid_match = s.grid_match, grid_zone = s.grid_zone, grid_resolution = s.grid_resolution, '
            '    evidence_tier = s.evidence_tier, provider = s.provider, '
            '    sent_provider = nullif(coalesce(e.sent_provider, e.provider), s.provider), vendor = s.vendor, '
            '    host = s.host, assumed_region = s.assumed_region, assumed_host = s.assumed_host, %s '
            'FROM public.restatement_rows s '
            'WHERE s.restatement = $5 AND s.org_id = $1 AND s.ts >= $3 - INTERVAL ''3 days'' AND s.ts < $3 '
            '  AND e.org_id = $1 AND e.local_date = $2 AND e.ts >= $3 - INTERVAL ''3 days'' AND e.ts < $3 '
            '  AND e.ts = s.ts AND e.source = s.source AND e.id = s.id',
            replaced)
            USING p_org, p_date, day.day_end, next_version, p_restatement;
    ELSE
        UPDATE public.events_enriched SET rating_version = next_version
        WHERE org_id = p_org AND local_date = p_date
          AND ts >= day.day_end - INTERVAL '3 days' AND ts < day.day_end;
    END IF;
    GET DIAGNOSTICS updated = ROW_COUNT;

    -- The hours are sums of the event rows as they are now; the staged cube does not know them.
    FOR total IN
        SELECT * FROM (VALUES
            ('usage_hourly', 'org_id, date, hour, source, provider, model'),
            ('hourly_org_agg', 'org_id, date, hour')) AS t(name, key)
    LOOP
        EXECUTE format('DELETE FROM public.%I WHERE org_id = $1 AND date = $2', total.name) USING p_org, p_date;
        EXECUTE format(
            'WITH counted AS ('
            '    SELECT *, local_date AS date, date_trunc(''hour'', ts, ''UTC'') AS hour FROM public.events_enriched '
            '    WHERE org_id = $1 AND local_date = $2 AND ts >= $3 - INTERVAL ''3 days'' AND ts < $3) '
            'INSERT INTO public.%1$I (%2$s, %3$s) SELECT %2$s, %4$s FROM counted GROUP BY %2$s',
            total.name, total.key, names, of_rows)
            USING p_org, p_date, day.day_end;
    END LOOP;

    IF updated <> staged
       OR EXISTS (SELECT FROM public.day_differences(p_org, p_date, day.day_end, ARRAY['cube'])) THEN
        RAISE EXCEPTION 'the staged totals of % % are not the sums of its rows', p_org, p_date;
    END IF;

    INSERT INTO public.rating_versions
        (org_id, date, version, reason, kind, factor_set, restatement, old_totals, new_totals)
    SELECT p_org, p_date, next_version,
           concat_ws('; ', nullif(request.reason, ''), 'rated again under ' || request.factor_set,
                     CASE WHEN late_rows > 0 OR request.kind = 'late'
                          THEN format('%s of %s rows came after sealing', late_rows, staged) END),
           request.kind, request.factor_set, p_restatement,
           coalesce(old, '{}'),
           coalesce((SELECT to_jsonb(t) - ARRAY['org_id', 'date', 'sequence', 'changed_in']
                     FROM public.daily_org_agg t
                     WHERE org_id = p_org AND date = p_date), '{}');
    RETURN 'restated';
END $$;
COMMENT ON FUNCTION restate_day(bigint, text, date, integer) IS
    'Puts the staged figures of a sealed day in place if the day still has the expected version.';

REVOKE ALL ON FUNCTION restate_day(bigint, text, date, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION restate_day(bigint, text, date, integer) TO ecomind_pipeline;
