-- The shape of the ledger that alerts, dashboard and reports need: a cube that says what every total rests on, totals by
-- project and environment, and totals by hour. What is stored already is worked out anew from the event rows.

-- It gets other parameters and columns; its repeatable migration creates it again.
DROP FUNCTION day_differences(text, date, timestamptz);

ALTER TABLE events_enriched
    ADD COLUMN sent_provider text,
    ADD COLUMN vendor text NOT NULL DEFAULT '',
    ADD COLUMN host text NOT NULL DEFAULT '',
    ADD COLUMN assumed_region boolean NOT NULL DEFAULT false,
    ADD COLUMN assumed_host boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN events_enriched.provider IS
    'The provider under the one name by which totals are kept; as the sender spelled it in rows from before there was one.';
COMMENT ON COLUMN events_enriched.sent_provider IS 'The provider as the sender spelled it; NULL when that is provider.';
COMMENT ON COLUMN events_enriched.vendor IS 'Who made the model; empty when that is not known.';
COMMENT ON COLUMN events_enriched.assumed_region IS 'The region follows from an assumption; false also where nothing said so.';
COMMENT ON COLUMN events_enriched.assumed_host IS 'The host follows from an assumption; false also where nothing said so.';
COMMENT ON COLUMN events_enriched.host IS 'Whose hardware the call ran on; empty when that is not known.';
ALTER TABLE restatement_rows
    ADD COLUMN provider text NOT NULL DEFAULT '',
    ADD COLUMN vendor text NOT NULL DEFAULT '',
    ADD COLUMN host text NOT NULL DEFAULT '',
    ADD COLUMN assumed_region boolean NOT NULL DEFAULT false,
    ADD COLUMN assumed_host boolean NOT NULL DEFAULT false;

-- A restatement that was interrupted is carried out from its beginning, and stages in the new shape.
TRUNCATE restatement_totals, restatement_rows;

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
    columns text := array_to_string(counters || amounts, ', ');
    sums text := (SELECT string_agg(format('sum(%1$I) AS %1$I', name), ', ') FROM unnest(counters || amounts) AS name);
    row_sums text := $$
            count(*) AS call_count,
            count(*) FILTER (WHERE kwh IS NULL) AS uncovered_count,
            sum(tokens_in) AS tokens_in,
            sum(tokens_out) AS tokens_out,
            coalesce(sum(tokens_in) FILTER (WHERE kwh IS NULL), 0) AS uncovered_tokens_in,
            coalesce(sum(tokens_out) FILTER (WHERE kwh IS NULL), 0) AS uncovered_tokens_out,
            count(co2_market_kg) AS market_count, $$ || (
        SELECT string_agg(format('sum(%1$I) AS %1$I', name), ', ') FROM unnest(amounts) AS name);
    column_types text := (
        SELECT string_agg(format('%I bigint NOT NULL', name), ', ') FROM unnest(counters) AS name) || ', ' || (
        SELECT string_agg(
            format('%I numeric(30, %s)', name, CASE WHEN name ^@ 'water' THEN 9 ELSE 12 END), ', ')
        FROM unnest(amounts) AS name);
    cube_key text := 'org_id, date, user_id, project, environment, source, provider, model, region, host, factor_set, '
        'match, evidence_tier, grid_match, assumed_region, assumed_host';
    cube text;
    total record;
BEGIN
    -- The cubes get the new parts of the key. What is not known of rows without event rows is empty.
    FOREACH cube IN ARRAY ARRAY['daily_usage', 'daily_usage_history', 'restatement_totals'] LOOP
        EXECUTE format(
            'ALTER TABLE %1$I DROP CONSTRAINT %2$I, '
            'ADD COLUMN environment text NOT NULL DEFAULT '''', '
            'ADD COLUMN source text NOT NULL DEFAULT '''', '
            'ADD COLUMN host text NOT NULL DEFAULT '''', '
            'ADD COLUMN match text NOT NULL DEFAULT '''', '
            'ADD COLUMN evidence_tier smallint NOT NULL DEFAULT 0, '
            'ADD COLUMN grid_match text NOT NULL DEFAULT '''', '
            'ADD COLUMN assumed_region boolean NOT NULL DEFAULT false, '
            'ADD COLUMN assumed_host boolean NOT NULL DEFAULT false',
            cube, (SELECT conname FROM pg_constraint WHERE conrelid = cube::regclass AND contype = 'p'));
    END LOOP;
    -- Only days of which the tables still have every event row.
    EXECUTE
        'WITH stored AS (SELECT o.org_id, o.date FROM daily_org_agg o JOIN ('
        '    SELECT org_id, local_date, count(*) AS calls FROM events_enriched WHERE rating_version > 0 GROUP BY 1, 2) e '
        '    ON e.org_id = o.org_id AND e.local_date = o.date AND e.calls = o.call_count), '
        'removed AS (DELETE FROM daily_usage d USING stored s WHERE d.org_id = s.org_id AND d.date = s.date) '
        'SELECT 1';
    EXECUTE format(
        'INSERT INTO daily_usage (%1$s, %2$s) '
        'SELECT org_id, local_date, user_id, project, environment, source, provider, model, region, host, factor_set, '
        '    match, evidence_tier, grid_match, assumed_region, assumed_host, %3$s '
        'FROM events_enriched e WHERE rating_version > 0 '
        '    AND NOT EXISTS (SELECT FROM daily_usage d WHERE d.org_id = e.org_id AND d.date = e.local_date) '
        'GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16',
        cube_key, columns, row_sums);
    EXECUTE format('ALTER TABLE daily_usage ADD PRIMARY KEY (%s)', cube_key);
    EXECUTE format('ALTER TABLE daily_usage_history ADD PRIMARY KEY (rating_version, %s)', cube_key);
    EXECUTE format('ALTER TABLE restatement_totals ADD PRIMARY KEY (restatement, %s)', cube_key);

    -- The new totals. The hourly ones can only come from event rows; the others are sums of the cube.
    FOR total IN
        SELECT * FROM (VALUES
            ('daily_project_agg', 'project text NOT NULL', 'project',
             'Totals by organisation, local day and project.'),
            ('daily_environment_agg', 'environment text NOT NULL', 'environment',
             'Totals by organisation, local day and environment.'),
            ('hourly_org_agg', 'hour timestamptz NOT NULL', 'hour',
             'Totals by organisation, local day and UTC hour, which belongs to two days where the day begins in it.'),
            ('usage_hourly',
             'hour timestamptz NOT NULL, source text NOT NULL, provider text NOT NULL, model text NOT NULL',
             'hour, source, provider, model',
             'Totals by organisation, local day, UTC hour, source, provider and model; sealed and restated with the day.')
        ) AS t(name, key_columns, key, comment)
    LOOP
        EXECUTE format(
            'CREATE TABLE %I (date date NOT NULL, org_id text NOT NULL, %s, %s, PRIMARY KEY (org_id, date, %s)) ${partition_by_date}',
            total.name, total.key_columns, column_types, total.key);
        EXECUTE format('COMMENT ON TABLE %I IS %L', total.name, total.comment);
        PERFORM declare_time_partitioned(total.name, 'date');
    END LOOP;
    -- Every moment needs a partition before rows come; maintain_time_partitions, which runs after all migrations, makes
    -- the months and moves rows there.
    IF (SELECT path FROM time_partitioning) = 'native' THEN
        FOREACH cube IN ARRAY ARRAY['daily_project_agg', 'daily_environment_agg', 'hourly_org_agg', 'usage_hourly'] LOOP
            EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', cube || '_rest', cube);
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (MINVALUE) TO (%L)', cube || '_past', cube,
                (date_trunc('month', now() AT TIME ZONE 'UTC') - INTERVAL '14 months')::date);
        END LOOP;
    END IF;
    FOREACH cube IN ARRAY ARRAY['project', 'environment'] LOOP
        EXECUTE format(
            'INSERT INTO daily_%1$s_agg (org_id, date, %1$s, %2$s) '
            'SELECT org_id, date, %1$s, %3$s FROM daily_usage GROUP BY 1, 2, 3',
            cube, columns, sums);
    END LOOP;
    EXECUTE format(
        'INSERT INTO usage_hourly (org_id, date, hour, source, provider, model, %1$s) '
        'SELECT org_id, local_date, date_trunc(''hour'', ts, ''UTC''), source, provider, model, %2$s '
        'FROM events_enriched WHERE rating_version > 0 GROUP BY 1, 2, 3, 4, 5, 6',
        columns, row_sums);
    EXECUTE format(
        'INSERT INTO hourly_org_agg (org_id, date, hour, %1$s) '
        'SELECT org_id, date, hour, %2$s FROM usage_hourly GROUP BY 1, 2, 3',
        columns, sums);

    -- What the topic usage.totals needs (V10). Hours by source and model are not sent.
    FOREACH cube IN ARRAY ARRAY['daily_project_agg', 'daily_environment_agg', 'hourly_org_agg'] LOOP
        EXECUTE format(
            'ALTER TABLE %I '
            'ADD COLUMN sequence bigint NOT NULL DEFAULT (extract(epoch FROM now()) * 1000000)::bigint, '
            'ADD COLUMN changed_in xid8 NOT NULL DEFAULT pg_current_xact_id()', cube);
        EXECUTE format(
            'CREATE TRIGGER %1$s_changed BEFORE UPDATE ON %1$I FOR EACH ROW '
            'WHEN (NEW.sequence <= OLD.sequence) EXECUTE FUNCTION daily_total_changed()', cube);
    END LOOP;
    FOREACH cube IN ARRAY ARRAY['daily_project_agg', 'daily_environment_agg', 'hourly_org_agg', 'usage_hourly'] LOOP
        PERFORM enable_tenant_rls(cube::regclass);
        -- Totals of several people, which no condition on a row can divide.
        PERFORM enable_people_rls(cube::regclass, 'false');
    END LOOP;
END $generate$;

GRANT SELECT, INSERT, UPDATE ON daily_project_agg, daily_environment_agg, hourly_org_agg, usage_hourly
    TO ecomind_pipeline;
GRANT SELECT ON daily_project_agg, daily_environment_agg, hourly_org_agg, usage_hourly TO ecomind_api, ecomind_worker;
