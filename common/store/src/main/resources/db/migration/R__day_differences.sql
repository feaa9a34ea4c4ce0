-- What the three entries of a day say differently: event rows against the cube (daily_usage) and, without late rows,
-- against the windows (daily_control). One row for each side and cube key that differs: calls is the difference of the
-- calls, differing names every figure that differs. No row: all agree.
--
-- Each figure is compared by itself with IS DISTINCT FROM, because the sum of rows of which none has a quantity is
-- NULL, and NULL is not 0. Event rows with rating_version 0 came after the day was sealed and are in no total yet. The
-- bounds of ts only spare the scan of other partitions: a local day lies within the 3 days before its end.
--
-- The column lists are those of Counter and Figure in common/footprint, in their order.
--
-- It takes no lock: the callers hold the day's row in day_states, so that no row is added while they compare. It has no
-- SET search_path, because PostgreSQL inlines a function into a query only without one, and restate_day asks for the
-- cube's side alone; all tables are named with their schema, and its callers have a fixed search_path.
CREATE OR REPLACE FUNCTION day_differences(p_org text, p_date date, p_day_end timestamptz)
    RETURNS TABLE (side text, user_id text, project text, provider text, model text, region text, factor_set text,
                   calls numeric, differing text)
    LANGUAGE sql STABLE
AS $$
    WITH row_sums AS (
        SELECT
            user_id, project, provider, model, region, factor_set, late,
            count(*) AS call_count,
            count(*) FILTER (WHERE kwh IS NULL) AS uncovered_count,
            sum(tokens_in) AS tokens_in,
            sum(tokens_out) AS tokens_out,
            coalesce(sum(tokens_in) FILTER (WHERE kwh IS NULL), 0) AS uncovered_tokens_in,
            coalesce(sum(tokens_out) FILTER (WHERE kwh IS NULL), 0) AS uncovered_tokens_out,
            count(co2_market_kg) AS market_count,
            sum(kwh_low) AS kwh_low,
            sum(kwh) AS kwh,
            sum(kwh_high) AS kwh_high,
            sum(water_l_low) AS water_l_low,
            sum(water_l) AS water_l,
            sum(water_l_high) AS water_l_high,
            sum(water_onsite_l_low) AS water_onsite_l_low,
            sum(water_onsite_l) AS water_onsite_l,
            sum(water_onsite_l_high) AS water_onsite_l_high,
            sum(water_offsite_l_low) AS water_offsite_l_low,
            sum(water_offsite_l) AS water_offsite_l,
            sum(water_offsite_l_high) AS water_offsite_l_high,
            sum(co2_kg_low) AS co2_kg_low,
            sum(co2_kg) AS co2_kg,
            sum(co2_kg_high) AS co2_kg_high,
            sum(co2_operational_kg_low) AS co2_operational_kg_low,
            sum(co2_operational_kg) AS co2_operational_kg,
            sum(co2_operational_kg_high) AS co2_operational_kg_high,
            sum(co2_embodied_kg_low) AS co2_embodied_kg_low,
            sum(co2_embodied_kg) AS co2_embodied_kg,
            sum(co2_embodied_kg_high) AS co2_embodied_kg_high,
            sum(co2_market_kg_low) AS co2_market_kg_low,
            sum(co2_market_kg) AS co2_market_kg,
            sum(co2_market_kg_high) AS co2_market_kg_high
        FROM public.events_enriched
        WHERE org_id = p_org AND local_date = p_date AND rating_version > 0
          AND ts >= p_day_end - INTERVAL '3 days' AND ts < p_day_end
        GROUP BY user_id, project, provider, model, region, factor_set, late
    ), of_rows AS (
        SELECT
            'cube' AS side, user_id, project, provider, model, region, factor_set,
            sum(call_count) AS call_count,
            sum(uncovered_count) AS uncovered_count,
            sum(tokens_in) AS tokens_in,
            sum(tokens_out) AS tokens_out,
            sum(uncovered_tokens_in) AS uncovered_tokens_in,
            sum(uncovered_tokens_out) AS uncovered_tokens_out,
            sum(market_count) AS market_count,
            sum(kwh_low) AS kwh_low,
            sum(kwh) AS kwh,
            sum(kwh_high) AS kwh_high,
            sum(water_l_low) AS water_l_low,
            sum(water_l) AS water_l,
            sum(water_l_high) AS water_l_high,
            sum(water_onsite_l_low) AS water_onsite_l_low,
            sum(water_onsite_l) AS water_onsite_l,
            sum(water_onsite_l_high) AS water_onsite_l_high,
            sum(water_offsite_l_low) AS water_offsite_l_low,
            sum(water_offsite_l) AS water_offsite_l,
            sum(water_offsite_l_high) AS water_offsite_l_high,
            sum(co2_kg_low) AS co2_kg_low,
            sum(co2_kg) AS co2_kg,
            sum(co2_kg_high) AS co2_kg_high,
            sum(co2_operational_kg_low) AS co2_operational_kg_low,
            sum(co2_operational_kg) AS co2_operational_kg,
            sum(co2_operational_kg_high) AS co2_operational_kg_high,
            sum(co2_embodied_kg_low) AS co2_embodied_kg_low,
            sum(co2_embodied_kg) AS co2_embodied_kg,
            sum(co2_embodied_kg_high) AS co2_embodied_kg_high,
            sum(co2_market_kg_low) AS co2_market_kg_low,
            sum(co2_market_kg) AS co2_market_kg,
            sum(co2_market_kg_high) AS co2_market_kg_high
        FROM row_sums
        GROUP BY user_id, project, provider, model, region, factor_set
        UNION ALL
        SELECT
            'window', user_id, project, provider, model, region, factor_set,
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
        FROM row_sums
        WHERE NOT late
    ), of_entries AS (
        SELECT
            'cube' AS side, user_id, project, provider, model, region, factor_set,
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
        FROM public.daily_usage
        WHERE org_id = p_org AND date = p_date
        UNION ALL
        SELECT
            'window', user_id, project, provider, model, region, factor_set,
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
        FROM public.daily_control
        WHERE org_id = p_org AND date = p_date
    ), compared AS (
        SELECT
            side, user_id, project, provider, model, region, factor_set,
            coalesce(r.call_count, 0) - coalesce(e.call_count, 0) AS calls,
            concat_ws(
                ', ',
                CASE WHEN r.call_count IS DISTINCT FROM e.call_count THEN 'call_count' END,
                CASE WHEN r.uncovered_count IS DISTINCT FROM e.uncovered_count THEN 'uncovered_count' END,
                CASE WHEN r.tokens_in IS DISTINCT FROM e.tokens_in THEN 'tokens_in' END,
                CASE WHEN r.tokens_out IS DISTINCT FROM e.tokens_out THEN 'tokens_out' END,
                CASE WHEN r.uncovered_tokens_in IS DISTINCT FROM e.uncovered_tokens_in THEN 'uncovered_tokens_in' END,
                CASE WHEN r.uncovered_tokens_out IS DISTINCT FROM e.uncovered_tokens_out THEN 'uncovered_tokens_out' END,
                CASE WHEN r.market_count IS DISTINCT FROM e.market_count THEN 'market_count' END,
                CASE WHEN r.kwh_low IS DISTINCT FROM e.kwh_low THEN 'kwh_low' END,
                CASE WHEN r.kwh IS DISTINCT FROM e.kwh THEN 'kwh' END,
                CASE WHEN r.kwh_high IS DISTINCT FROM e.kwh_high THEN 'kwh_high' END,
                CASE WHEN r.water_l_low IS DISTINCT FROM e.water_l_low THEN 'water_l_low' END,
                CASE WHEN r.water_l IS DISTINCT FROM e.water_l THEN 'water_l' END,
                CASE WHEN r.water_l_high IS DISTINCT FROM e.water_l_high THEN 'water_l_high' END,
                CASE WHEN r.water_onsite_l_low IS DISTINCT FROM e.water_onsite_l_low THEN 'water_onsite_l_low' END,
                CASE WHEN r.water_onsite_l IS DISTINCT FROM e.water_onsite_l THEN 'water_onsite_l' END,
                CASE WHEN r.water_onsite_l_high IS DISTINCT FROM e.water_onsite_l_high THEN 'water_onsite_l_high' END,
                CASE WHEN r.water_offsite_l_low IS DISTINCT FROM e.water_offsite_l_low THEN 'water_offsite_l_low' END,
                CASE WHEN r.water_offsite_l IS DISTINCT FROM e.water_offsite_l THEN 'water_offsite_l' END,
                CASE WHEN r.water_offsite_l_high IS DISTINCT FROM e.water_offsite_l_high THEN 'water_offsite_l_high' END,
                CASE WHEN r.co2_kg_low IS DISTINCT FROM e.co2_kg_low THEN 'co2_kg_low' END,
                CASE WHEN r.co2_kg IS DISTINCT FROM e.co2_kg THEN 'co2_kg' END,
                CASE WHEN r.co2_kg_high IS DISTINCT FROM e.co2_kg_high THEN 'co2_kg_high' END,
                CASE WHEN r.co2_operational_kg_low IS DISTINCT FROM e.co2_operational_kg_low THEN 'co2_operational_kg_low' END,
                CASE WHEN r.co2_operational_kg IS DISTINCT FROM e.co2_operational_kg THEN 'co2_operational_kg' END,
                CASE WHEN r.co2_operational_kg_high IS DISTINCT FROM e.co2_operational_kg_high THEN 'co2_operational_kg_high' END,
                CASE WHEN r.co2_embodied_kg_low IS DISTINCT FROM e.co2_embodied_kg_low THEN 'co2_embodied_kg_low' END,
                CASE WHEN r.co2_embodied_kg IS DISTINCT FROM e.co2_embodied_kg THEN 'co2_embodied_kg' END,
                CASE WHEN r.co2_embodied_kg_high IS DISTINCT FROM e.co2_embodied_kg_high THEN 'co2_embodied_kg_high' END,
                CASE WHEN r.co2_market_kg_low IS DISTINCT FROM e.co2_market_kg_low THEN 'co2_market_kg_low' END,
                CASE WHEN r.co2_market_kg IS DISTINCT FROM e.co2_market_kg THEN 'co2_market_kg' END,
                CASE WHEN r.co2_market_kg_high IS DISTINCT FROM e.co2_market_kg_high THEN 'co2_market_kg_high' END) AS differing
        FROM of_rows r
        FULL JOIN of_entries e USING (side, user_id, project, provider, model, region, factor_set)
    )
    SELECT side, user_id, project, provider, model, region, factor_set, calls, differing
    FROM compared
    WHERE differing <> ''
$$;

REVOKE ALL ON FUNCTION day_differences(text, date, timestamptz) FROM PUBLIC;
