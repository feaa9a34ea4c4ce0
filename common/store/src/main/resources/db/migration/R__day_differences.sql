-- What the entries of a day say differently. Event rows are compared with
--   cube    daily_usage
--   hour    usage_hourly
--   window  daily_control, the second entry, which has no late rows and a coarser key than the cube
-- One row for each side and key that differs: calls is the difference of the calls, differing names every figure that
-- differs. No row: all agree.
--
-- Each figure is compared by itself with IS DISTINCT FROM, because the sum of rows of which none has a quantity is
-- NULL, and NULL is not 0. Event rows with rating_version 0 came after the day was sealed and are in no total yet. The
-- bounds of ts only spare the scan of other partitions: a local day lies within the 3 days before its end.
--
-- The query is built with format() from total_columns(), so that no list of figures can lack one.
--
-- It takes no lock: the callers hold the day's row in day_states, so that no row is added while they compare.
CREATE OR REPLACE FUNCTION day_differences(
        p_org text, p_date date, p_day_end timestamptz, p_sides text[] DEFAULT ARRAY['cube', 'hour', 'window'])
    RETURNS TABLE (side text, key text, calls numeric, differing text)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    cube_key CONSTANT text := 'user_id, project, environment, source, provider, model, region, host, factor_set, match, '
        'evidence_tier, grid_match, assumed_region, assumed_host';
    names text;
    of_rows text;
    added text;
    differing_names text;
    entry record;
    comparisons text[] := '{}';
BEGIN
    SELECT string_agg(c.name, ', ' ORDER BY c.place),
           string_agg(format('%s AS %I', c.of_rows, c.name), ', ' ORDER BY c.place),
           string_agg(format('sum(%1$I) AS %1$I', c.name), ', ' ORDER BY c.place),
           string_agg(format('CASE WHEN r.%1$I IS DISTINCT FROM e.%1$I THEN %1$L END', c.name), ', ' ORDER BY c.place)
    INTO names, of_rows, added, differing_names
    FROM public.total_columns() AS c;
    FOR entry IN
        SELECT t.*, (SELECT string_agg(format('%L || %I', part || '=', part), ', ')
                     FROM unnest(string_to_array(t.columns, ', ')) AS part) AS key_text
        FROM (VALUES
            ('cube', 'daily_usage', cube_key, 'true'),
            ('hour', 'usage_hourly', 'hour, source, provider, model', 'true'),
            ('window', 'daily_control', 'user_id, project, provider, model, region, factor_set', 'NOT late')
        ) AS t(side, table_name, columns, rows_of_it)
        WHERE t.side = ANY (p_sides)
    LOOP
        comparisons := comparisons || format(
            'SELECT %1$L, concat_ws('' '', %2$s), coalesce(r.call_count, 0) - coalesce(e.call_count, 0), '
            '       concat_ws('', '', %3$s) '
            'FROM (SELECT %4$s, %5$s FROM row_sums WHERE %6$s GROUP BY %4$s) AS r '
            'FULL JOIN (SELECT %4$s, %7$s FROM public.%8$I WHERE org_id = $1 AND date = $2) AS e USING (%4$s) '
            'WHERE concat_ws('', '', %3$s) <> ''''',
            entry.side, entry.key_text, differing_names, entry.columns, added, entry.rows_of_it, names,
            entry.table_name);
    END LOOP;
    RETURN QUERY EXECUTE format(
        'WITH counted AS ('
        '    SELECT *, date_trunc(''hour'', ts, ''UTC'') AS hour'
        '    FROM public.events_enriched'
        '    WHERE org_id = $1 AND local_date = $2 AND rating_version > 0'
        '      AND ts >= $3 - INTERVAL ''3 days'' AND ts < $3'
        '), row_sums AS MATERIALIZED ('
        '    SELECT %1$s, hour, late, %2$s FROM counted GROUP BY %1$s, hour, late'
        ') %3$s',
        cube_key, of_rows, array_to_string(comparisons, ' UNION ALL '))
        USING p_org, p_date, p_day_end;
END $$;

REVOKE ALL ON FUNCTION day_differences(text, date, timestamptz, text[]) FROM PUBLIC;
