-- Every amount gets a low and a high beside its mid figure, water and CO2e get their parts, and the daily tables count
-- the tokens of uncovered calls. The mid figures of the totals keep their names: kwh, water_l, co2_kg.

ALTER TABLE events_enriched
    ADD COLUMN matched text NOT NULL DEFAULT '',
    ADD COLUMN basis text NOT NULL DEFAULT '',
    ADD COLUMN grid_zone text NOT NULL DEFAULT '',
    ADD COLUMN grid_resolution text NOT NULL DEFAULT '';
COMMENT ON COLUMN events_enriched.matched IS 'The factor row that rated the call, such as openai/gpt-4o; empty when none.';
COMMENT ON COLUMN events_enriched.basis IS 'What the factor rests on: parametric, class, per_call, ...; empty when uncovered.';
COMMENT ON COLUMN events_enriched.grid_zone IS 'Whose grid gave the intensity; empty when none did.';
COMMENT ON COLUMN events_enriched.grid_resolution IS 'hour, month, year, or factor: the factor''s own figure.';

-- Thirty-one figures in six tables and one comparison: written by hand, the lists would be 400 lines in which a missing
-- one is not seen. So they are generated, once, here; what is stored is plain SQL.
DO $generate$
DECLARE
    -- As in io.ecomind.footprint.Quantity and Counter; a test holds them together.
    quantities text[] := ARRAY[
        'kwh', 'water_l', 'water_onsite_l', 'water_offsite_l',
        'co2_kg', 'co2_operational_kg', 'co2_embodied_kg', 'co2_market_kg'];
    amounts text[] := ARRAY(
        SELECT quantity || bound
        FROM unnest(quantities) WITH ORDINALITY AS q(quantity, place),
             unnest(ARRAY['_low', '', '_high']) WITH ORDINALITY AS b(bound, step)
        ORDER BY place, step);
    counters text[] := ARRAY[
        'call_count', 'uncovered_count', 'tokens_in', 'tokens_out',
        'uncovered_tokens_in', 'uncovered_tokens_out', 'market_count'];
    counter_sums text := $$
            count(*) AS call_count,
            count(*) FILTER (WHERE kwh IS NULL) AS uncovered_count,
            sum(tokens_in) AS tokens_in,
            sum(tokens_out) AS tokens_out,
            coalesce(sum(tokens_in) FILTER (WHERE kwh IS NULL), 0) AS uncovered_tokens_in,
            coalesce(sum(tokens_out) FILTER (WHERE kwh IS NULL), 0) AS uncovered_tokens_out,
            count(co2_market_kg) AS market_count$$;
    cube_key text := 'user_id, project, provider, model, region, factor_set';
    new_amounts text := (
        SELECT string_agg(
            format('ADD COLUMN %I numeric(30, %s)', name, CASE WHEN name ^@ 'water' THEN 9 ELSE 12 END), ', ')
        FROM unnest(amounts) AS name
        WHERE name NOT IN ('kwh', 'water_l', 'co2_kg'));
    daily record;
BEGIN
    EXECUTE 'ALTER TABLE events_enriched ' || new_amounts;
    FOR daily IN
        SELECT * FROM (VALUES
            ('daily_usage', cube_key), ('daily_control', cube_key), ('daily_org_agg', ''), ('daily_user_agg', 'user_id'),
            ('daily_provider_agg', 'provider'), ('daily_model_agg', 'provider, model')) AS t(name, groups)
    LOOP
        EXECUTE format(
            'ALTER TABLE %I ADD COLUMN uncovered_tokens_in bigint NOT NULL DEFAULT 0, '
            'ADD COLUMN uncovered_tokens_out bigint NOT NULL DEFAULT 0, '
            'ADD COLUMN market_count bigint NOT NULL DEFAULT 0, %s',
            daily.name, new_amounts);
        EXECUTE format(
            'COMMENT ON COLUMN %I.uncovered_tokens_in IS '
            '''Tokens of calls without a factor; those of covered calls are tokens_in less these.''', daily.name);
        EXECUTE format(
            'COMMENT ON COLUMN %I.market_count IS ''Calls that have a market-based figure.''', daily.name);
        EXECUTE format(
            'COMMENT ON COLUMN %I.co2_market_kg IS '
            '''By the organisation''''s contracts, of market_count calls only; NULL while there are none.''', daily.name);
        -- Days that are not closed yet are compared in full, so what is stored already must hold the new counters.
        EXECUTE format(
            'UPDATE %1$I AS t SET uncovered_tokens_in = u.sum_in, uncovered_tokens_out = u.sum_out '
            'FROM (SELECT %2$s, sum(tokens_in) AS sum_in, sum(tokens_out) AS sum_out FROM events_enriched '
            '      WHERE kwh IS NULL AND rating_version > 0 %3$s GROUP BY %2$s) AS u '
            'WHERE (%4$s) = (%5$s)',
            daily.name,
            concat_ws(', ', 'org_id', 'local_date', nullif(daily.groups, '')),
            CASE daily.name WHEN 'daily_control' THEN 'AND NOT late' END,
            't.' || replace(concat_ws(', ', 'org_id', 'date', nullif(daily.groups, '')), ', ', ', t.'),
            'u.' || replace(concat_ws(', ', 'org_id', 'local_date', nullif(daily.groups, '')), ', ', ', u.'));
    END LOOP;

    -- What event rows, cube and windows say differently about a day. Each figure is compared by itself and by name, with
    -- IS DISTINCT FROM: a sum over rows of which none has the quantity is NULL, and that is not 0.
    EXECUTE format($function$
CREATE FUNCTION day_differences(p_org text, p_date date, p_day_end timestamptz)
    RETURNS TABLE (side text, user_id text, project text, provider text, model text, region text, factor_set text,
                   calls numeric, differing text)
    LANGUAGE sql STABLE
AS $body$
    WITH row_sums AS (
        SELECT %1$s, late, %2$s, %3$s
        FROM public.events_enriched
        WHERE org_id = p_org AND local_date = p_date AND rating_version > 0
          AND ts >= p_day_end - INTERVAL '3 days' AND ts < p_day_end
        GROUP BY %1$s, late
    ), of_rows AS (
        SELECT 'cube' AS side, %1$s, %4$s FROM row_sums GROUP BY %1$s
        UNION ALL
        SELECT 'window', %1$s, %5$s FROM row_sums WHERE NOT late
    ), of_entries AS (
        SELECT 'cube' AS side, %1$s, %5$s FROM public.daily_usage WHERE org_id = p_org AND date = p_date
        UNION ALL
        SELECT 'window', %1$s, %5$s FROM public.daily_control WHERE org_id = p_org AND date = p_date
    ), compared AS (
        SELECT side, %1$s, coalesce(r.call_count, 0) - coalesce(e.call_count, 0) AS calls,
               concat_ws(', ', %6$s) AS differing
        FROM of_rows r FULL JOIN of_entries e USING (side, %1$s)
    )
    SELECT side, %1$s, calls, differing FROM compared WHERE differing <> ''
$body$$function$,
        cube_key,
        counter_sums,
        (SELECT string_agg(format('sum(%1$I) AS %1$I', name), ', ') FROM unnest(amounts) AS name),
        (SELECT string_agg(format('sum(%1$I) AS %1$I', name), ', ') FROM unnest(counters || amounts) AS name),
        array_to_string(counters || amounts, ', '),
        (SELECT string_agg(format('CASE WHEN r.%1$I IS DISTINCT FROM e.%1$I THEN %1$L END', name), ', ')
         FROM unnest(counters || amounts) AS name));
END $generate$;

-- As before (V4), but every figure is compared and those that differ are named.
CREATE OR REPLACE FUNCTION close_days(p_horizon interval, p_patience interval DEFAULT INTERVAL '10 minutes')
    RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    through timestamptz := public.complete_through();
    day record;
    differences text;
    changed integer := 0;
    n integer;
BEGIN
    IF through IS NULL OR NOT pg_try_advisory_xact_lock(hashtext('close_days')) THEN
        RETURN 0;
    END IF;
    UPDATE public.day_states SET state = 'provisional', changed_at = now()
    WHERE state = 'open' AND day_end + INTERVAL '1 hour' < through;
    GET DIAGNOSTICS changed = ROW_COUNT;
    FOR day IN
        SELECT org_id, date, day_end, state FROM public.day_states
        WHERE state IN ('provisional', 'disputed') AND day_end + p_horizon + INTERVAL '15 minutes' < through
        ORDER BY org_id, date
        LIMIT 50
        FOR UPDATE
    LOOP
        SELECT count(*), string_agg(
            format('%s: rows - entry = %s calls for user=%s project=%s provider=%s model=%s region=%s set=%s (%s)',
                side, calls, user_id, project, provider, model, region, factor_set, differing),
            E'\n' ORDER BY side, user_id)
        INTO n, differences
        FROM (
            SELECT * FROM public.day_differences(day.org_id, day.date, day.day_end) ORDER BY side, user_id LIMIT 20
        ) AS first_few;
        IF n = 0 THEN
            UPDATE public.day_states SET state = 'sealed', changed_at = now(), detail = NULL
            WHERE org_id = day.org_id AND date = day.date;
            changed := changed + 1;
        ELSIF day.state <> 'disputed' AND day.day_end + p_horizon + INTERVAL '15 minutes' + p_patience < through THEN
            UPDATE public.day_states SET state = 'disputed', changed_at = now(), detail = differences
            WHERE org_id = day.org_id AND date = day.date;
            changed := changed + 1;
        END IF;
    END LOOP;
    RETURN changed;
END $$;
