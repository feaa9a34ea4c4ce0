-- The counters and amounts that every table of totals has, in the order of Counter and Figure in common/footprint, and how
-- each follows from event rows. The one list of them for the functions of the database; a test holds it to Java's.
CREATE OR REPLACE FUNCTION total_columns() RETURNS TABLE (place bigint, name text, of_rows text, is_amount boolean)
    LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT row_number() OVER (ORDER BY kind, first, second), listed.name, listed.of_rows, kind = 2
    FROM (
        SELECT 1 AS kind, c.first, 0 AS second, c.name, c.of_rows
        FROM ROWS FROM (unnest(
            ARRAY[
                'call_count', 'uncovered_count', 'tokens_in', 'tokens_out',
                'uncovered_tokens_in', 'uncovered_tokens_out', 'market_count'],
            ARRAY[
                'count(*)', 'count(*) FILTER (WHERE kwh IS NULL)', 'sum(tokens_in)', 'sum(tokens_out)',
                'coalesce(sum(tokens_in) FILTER (WHERE kwh IS NULL), 0)',
                'coalesce(sum(tokens_out) FILTER (WHERE kwh IS NULL), 0)',
                'count(co2_market_kg)'])) WITH ORDINALITY AS c(name, of_rows, first)
        UNION ALL
        SELECT 2, q.first, b.second, q.name || b.bound, format('sum(%I)', q.name || b.bound)
        FROM unnest(ARRAY[
                'kwh', 'water_l', 'water_onsite_l', 'water_offsite_l',
                'co2_kg', 'co2_operational_kg', 'co2_embodied_kg', 'co2_market_kg'
            ]) WITH ORDINALITY AS q(name, first)
        CROSS JOIN unnest(ARRAY['_low', '', '_high']) WITH ORDINALITY AS b(bound, second)
    ) AS listed
$$;

REVOKE ALL ON FUNCTION total_columns() FROM PUBLIC;
