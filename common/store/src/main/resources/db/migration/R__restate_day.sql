-- Replaces the figures of a sealed day by those that a restatement has staged, under the next rating version: event
-- rows, cube and the four aggregates, all of them or none. Returns what became of it; in all cases but the first the
-- day's figures stay as they are:
--   restated    the day has its new figures and the version p_expected + 1
--   lost        the day has another version than p_expected, or is not sealed
--   changed     rows came after the job had read them
--   incomplete  event rows of the stored totals are gone (the day's detail says so)
-- It raises an exception when the staged totals are not the sums of the rows. The cube as it was goes to
-- daily_usage_history, the reason and both totals to rating_versions. daily_control is left alone: it holds what the
-- windows said when the day was sealed.
--
-- The column lists are those of Counter and Figure in common/footprint, in their order.
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
BEGIN
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
    INSERT INTO public.daily_usage_history (
        org_id, date, user_id, project, provider, model, region, factor_set,
        call_count, uncovered_count, tokens_in, tokens_out,
        uncovered_tokens_in, uncovered_tokens_out, market_count,
        kwh_low, kwh, kwh_high,
        water_l_low, water_l, water_l_high,
        water_onsite_l_low, water_onsite_l, water_onsite_l_high,
        water_offsite_l_low, water_offsite_l, water_offsite_l_high,
        co2_kg_low, co2_kg, co2_kg_high,
        co2_operational_kg_low, co2_operational_kg, co2_operational_kg_high,
        co2_embodied_kg_low, co2_embodied_kg, co2_embodied_kg_high,
        co2_market_kg_low, co2_market_kg, co2_market_kg_high,
        rating_version)
    SELECT
        org_id, date, user_id, project, provider, model, region, factor_set,
        call_count, uncovered_count, tokens_in, tokens_out,
        uncovered_tokens_in, uncovered_tokens_out, market_count,
        kwh_low, kwh, kwh_high,
        water_l_low, water_l, water_l_high,
        water_onsite_l_low, water_onsite_l, water_onsite_l_high,
        water_offsite_l_low, water_offsite_l, water_offsite_l_high,
        co2_kg_low, co2_kg, co2_kg_high,
        co2_operational_kg_low, co2_operational_kg, co2_operational_kg_high,
        co2_embodied_kg_low, co2_embodied_kg, co2_embodied_kg_high,
        co2_market_kg_low, co2_market_kg, co2_market_kg_high,
        p_expected
    FROM public.daily_usage
    WHERE org_id = p_org AND date = p_date;
    DELETE FROM public.daily_usage WHERE org_id = p_org AND date = p_date;
    INSERT INTO public.daily_usage (
        org_id, date, user_id, project, provider, model, region, factor_set,
        call_count, uncovered_count, tokens_in, tokens_out,
        uncovered_tokens_in, uncovered_tokens_out, market_count,
        kwh_low, kwh, kwh_high,
        water_l_low, water_l, water_l_high,
        water_onsite_l_low, water_onsite_l, water_onsite_l_high,
        water_offsite_l_low, water_offsite_l, water_offsite_l_high,
        co2_kg_low, co2_kg, co2_kg_high,
        co2_operational_kg_low, co2_operational_kg, co2_operational_kg_high,
        co2_embodied_kg_low, co2_embodied_kg, co2_embodied_kg_high,
        co2_market_kg_low, co2_market_kg, co2_market_kg_high)
    SELECT
        org_id, date, user_id, project, provider, model, region, factor_set,
        call_count, uncovered_count, tokens_in, tokens_out,
        uncovered_tokens_in, uncovered_tokens_out, market_count,
        kwh_low, kwh, kwh_high,
        water_l_low, water_l, water_l_high,
        water_onsite_l_low, water_onsite_l, water_onsite_l_high,
        water_offsite_l_low, water_offsite_l, water_offsite_l_high,
        co2_kg_low, co2_kg, co2_kg_high,
        co2_operational_kg_low, co2_operational_kg, co2_operational_kg_high,
        co2_embodied_kg_low, co2_embodied_kg, co2_embodied_kg_high,
        co2_market_kg_low, co2_market_kg, co2_market_kg_high
    FROM public.restatement_totals
    WHERE restatement = p_restatement AND org_id = p_org AND date = p_date;

    -- The aggregates are sums of the staged cube.
    DELETE FROM public.daily_user_agg WHERE org_id = p_org AND date = p_date;
    INSERT INTO public.daily_user_agg (
        org_id, date, user_id,
        call_count, uncovered_count, tokens_in, tokens_out,
        uncovered_tokens_in, uncovered_tokens_out, market_count,
        kwh_low, kwh, kwh_high,
        water_l_low, water_l, water_l_high,
        water_onsite_l_low, water_onsite_l, water_onsite_l_high,
        water_offsite_l_low, water_offsite_l, water_offsite_l_high,
        co2_kg_low, co2_kg, co2_kg_high,
        co2_operational_kg_low, co2_operational_kg, co2_operational_kg_high,
        co2_embodied_kg_low, co2_embodied_kg, co2_embodied_kg_high,
        co2_market_kg_low, co2_market_kg, co2_market_kg_high)
    SELECT
        org_id, date, user_id,
        sum(call_count), sum(uncovered_count), sum(tokens_in), sum(tokens_out),
        sum(uncovered_tokens_in), sum(uncovered_tokens_out), sum(market_count),
        sum(kwh_low), sum(kwh), sum(kwh_high),
        sum(water_l_low), sum(water_l), sum(water_l_high),
        sum(water_onsite_l_low), sum(water_onsite_l), sum(water_onsite_l_high),
        sum(water_offsite_l_low), sum(water_offsite_l), sum(water_offsite_l_high),
        sum(co2_kg_low), sum(co2_kg), sum(co2_kg_high),
        sum(co2_operational_kg_low), sum(co2_operational_kg), sum(co2_operational_kg_high),
        sum(co2_embodied_kg_low), sum(co2_embodied_kg), sum(co2_embodied_kg_high),
        sum(co2_market_kg_low), sum(co2_market_kg), sum(co2_market_kg_high)
    FROM public.restatement_totals
    WHERE restatement = p_restatement AND org_id = p_org AND date = p_date
    GROUP BY org_id, date, user_id;

    DELETE FROM public.daily_model_agg WHERE org_id = p_org AND date = p_date;
    INSERT INTO public.daily_model_agg (
        org_id, date, provider, model,
        call_count, uncovered_count, tokens_in, tokens_out,
        uncovered_tokens_in, uncovered_tokens_out, market_count,
        kwh_low, kwh, kwh_high,
        water_l_low, water_l, water_l_high,
        water_onsite_l_low, water_onsite_l, water_onsite_l_high,
        water_offsite_l_low, water_offsite_l, water_offsite_l_high,
        co2_kg_low, co2_kg, co2_kg_high,
        co2_operational_kg_low, co2_operational_kg, co2_operational_kg_high,
        co2_embodied_kg_low, co2_embodied_kg, co2_embodied_kg_high,
        co2_market_kg_low, co2_market_kg, co2_market_kg_high)
    SELECT
        org_id, date, provider, model,
        sum(call_count), sum(uncovered_count), sum(tokens_in), sum(tokens_out),
        sum(uncovered_tokens_in), sum(uncovered_tokens_out), sum(market_count),
        sum(kwh_low), sum(kwh), sum(kwh_high),
        sum(water_l_low), sum(water_l), sum(water_l_high),
        sum(water_onsite_l_low), sum(water_onsite_l), sum(water_onsite_l_high),
        sum(water_offsite_l_low), sum(water_offsite_l), sum(water_offsite_l_high),
        sum(co2_kg_low), sum(co2_kg), sum(co2_kg_high),
        sum(co2_operational_kg_low), sum(co2_operational_kg), sum(co2_operational_kg_high),
        sum(co2_embodied_kg_low), sum(co2_embodied_kg), sum(co2_embodied_kg_high),
        sum(co2_market_kg_low), sum(co2_market_kg), sum(co2_market_kg_high)
    FROM public.restatement_totals
    WHERE restatement = p_restatement AND org_id = p_org AND date = p_date
    GROUP BY org_id, date, provider, model;

    DELETE FROM public.daily_provider_agg WHERE org_id = p_org AND date = p_date;
    INSERT INTO public.daily_provider_agg (
        org_id, date, provider,
        call_count, uncovered_count, tokens_in, tokens_out,
        uncovered_tokens_in, uncovered_tokens_out, market_count,
        kwh_low, kwh, kwh_high,
        water_l_low, water_l, water_l_high,
        water_onsite_l_low, water_onsite_l, water_onsite_l_high,
        water_offsite_l_low, water_offsite_l, water_offsite_l_high,
        co2_kg_low, co2_kg, co2_kg_high,
        co2_operational_kg_low, co2_operational_kg, co2_operational_kg_high,
        co2_embodied_kg_low, co2_embodied_kg, co2_embodied_kg_high,
        co2_market_kg_low, co2_market_kg, co2_market_kg_high)
    SELECT
        org_id, date, provider,
        sum(call_count), sum(uncovered_count), sum(tokens_in), sum(tokens_out),
        sum(uncovered_tokens_in), sum(uncovered_tokens_out), sum(market_count),
        sum(kwh_low), sum(kwh), sum(kwh_high),
        sum(water_l_low), sum(water_l), sum(water_l_high),
        sum(water_onsite_l_low), sum(water_onsite_l), sum(water_onsite_l_high),
        sum(water_offsite_l_low), sum(water_offsite_l), sum(water_offsite_l_high),
        sum(co2_kg_low), sum(co2_kg), sum(co2_kg_high),
        sum(co2_operational_kg_low), sum(co2_operational_kg), sum(co2_operational_kg_high),
        sum(co2_embodied_kg_low), sum(co2_embodied_kg), sum(co2_embodied_kg_high),
        sum(co2_market_kg_low), sum(co2_market_kg), sum(co2_market_kg_high)
    FROM public.restatement_totals
    WHERE restatement = p_restatement AND org_id = p_org AND date = p_date
    GROUP BY org_id, date, provider;

    DELETE FROM public.daily_org_agg WHERE org_id = p_org AND date = p_date;
    INSERT INTO public.daily_org_agg (
        org_id, date,
        call_count, uncovered_count, tokens_in, tokens_out,
        uncovered_tokens_in, uncovered_tokens_out, market_count,
        kwh_low, kwh, kwh_high,
        water_l_low, water_l, water_l_high,
        water_onsite_l_low, water_onsite_l, water_onsite_l_high,
        water_offsite_l_low, water_offsite_l, water_offsite_l_high,
        co2_kg_low, co2_kg, co2_kg_high,
        co2_operational_kg_low, co2_operational_kg, co2_operational_kg_high,
        co2_embodied_kg_low, co2_embodied_kg, co2_embodied_kg_high,
        co2_market_kg_low, co2_market_kg, co2_market_kg_high)
    SELECT
        org_id, date,
        sum(call_count), sum(uncovered_count), sum(tokens_in), sum(tokens_out),
        sum(uncovered_tokens_in), sum(uncovered_tokens_out), sum(market_count),
        sum(kwh_low), sum(kwh), sum(kwh_high),
        sum(water_l_low), sum(water_l), sum(water_l_high),
        sum(water_onsite_l_low), sum(water_onsite_l), sum(water_onsite_l_high),
        sum(water_offsite_l_low), sum(water_offsite_l), sum(water_offsite_l_high),
        sum(co2_kg_low), sum(co2_kg), sum(co2_kg_high),
        sum(co2_operational_kg_low), sum(co2_operational_kg), sum(co2_operational_kg_high),
        sum(co2_embodied_kg_low), sum(co2_embodied_kg), sum(co2_embodied_kg_high),
        sum(co2_market_kg_low), sum(co2_market_kg), sum(co2_market_kg_high)
    FROM public.restatement_totals
    WHERE restatement = p_restatement AND org_id = p_org AND date = p_date
    GROUP BY org_id, date;

    -- The event rows: a rerating changes what they were rated as, either kind gives all of them the day's new version.
    IF request.kind = 'rerate' THEN
        UPDATE public.events_enriched e
        SET rating_version = next_version,
            factor_set = s.factor_set,
            match = s.match,
            matched = s.matched,
            basis = s.basis,
            grid_match = s.grid_match,
            grid_zone = s.grid_zone,
            grid_resolution = s.grid_resolution,
            evidence_tier = s.evidence_tier,
            kwh_low = s.kwh_low,
            kwh = s.kwh,
            kwh_high = s.kwh_high,
            water_l_low = s.water_l_low,
            water_l = s.water_l,
            water_l_high = s.water_l_high,
            water_onsite_l_low = s.water_onsite_l_low,
            water_onsite_l = s.water_onsite_l,
            water_onsite_l_high = s.water_onsite_l_high,
            water_offsite_l_low = s.water_offsite_l_low,
            water_offsite_l = s.water_offsite_l,
            water_offsite_l_high = s.water_offsite_l_high,
            co2_kg_low = s.co2_kg_low,
            co2_kg = s.co2_kg,
            co2_kg_high = s.co2_kg_high,
            co2_operational_kg_low = s.co2_operational_kg_low,
            co2_operational_kg = s.co2_operational_kg,
            co2_operational_kg_high = s.co2_operational_kg_high,
            co2_embodied_kg_low = s.co2_embodied_kg_low,
            co2_embodied_kg = s.co2_embodied_kg,
            co2_embodied_kg_high = s.co2_embodied_kg_high,
            co2_market_kg_low = s.co2_market_kg_low,
            co2_market_kg = s.co2_market_kg,
            co2_market_kg_high = s.co2_market_kg_high
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
