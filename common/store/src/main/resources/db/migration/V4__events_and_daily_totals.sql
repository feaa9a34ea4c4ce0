-- Nano-units are exact: 1e-12 kWh is a nanowatt-hour, 1e-12 kg a nanogram, 1e-9 L a nanolitre.

CREATE TABLE events_enriched (
    org_id text NOT NULL,
    ts timestamptz NOT NULL,
    source text NOT NULL,
    id text NOT NULL,
    received_at timestamptz NOT NULL,
    local_date date NOT NULL,
    late boolean NOT NULL,
    user_id text NOT NULL,
    provider text NOT NULL,
    model text NOT NULL,
    project text NOT NULL,
    environment text NOT NULL,
    region text NOT NULL,
    node_type text NOT NULL,
    modality text NOT NULL,
    status text,
    tokens_in bigint NOT NULL,
    tokens_out bigint NOT NULL,
    tokens_cache_read bigint,
    tokens_cache_write bigint,
    tokens_reasoning bigint,
    latency_ms bigint,
    units bigint,
    metadata jsonb,
    kwh numeric(30, 12),
    water_l numeric(30, 9),
    co2_kg numeric(30, 12),
    factor_set text NOT NULL,
    match text NOT NULL,
    grid_match text NOT NULL,
    evidence_tier smallint NOT NULL,
    api_key_id text NOT NULL,
    raw_partition integer NOT NULL,
    raw_offset bigint NOT NULL,
    rating_version integer NOT NULL,
    PRIMARY KEY (org_id, ts, source, id)
) ${partition_by_ts};
COMMENT ON TABLE events_enriched IS
    'The stored event: raw fields, amounts and where they come from. Amounts are NULL when no factor fits. '
    'rating_version 0: arrived for a sealed day and is in no daily total yet. Kept 400 days.';
SELECT declare_time_partitioned('events_enriched', 'ts');

CREATE VIEW events_raw WITH (security_barrier = true) AS
    SELECT id, org_id, user_id, provider, model, tokens_in, tokens_out, region, ts, metadata
    FROM events_enriched
    WHERE org_id = current_org();
COMMENT ON VIEW events_raw IS 'What was sent, for the organisation of the session.';

CREATE TABLE daily_usage (
    date date NOT NULL,
    org_id text NOT NULL,
    user_id text NOT NULL,
    project text NOT NULL,
    provider text NOT NULL,
    model text NOT NULL,
    region text NOT NULL,
    factor_set text NOT NULL,
    call_count bigint NOT NULL,
    uncovered_count bigint NOT NULL,
    tokens_in bigint NOT NULL,
    tokens_out bigint NOT NULL,
    kwh numeric(30, 12),
    water_l numeric(30, 9),
    co2_kg numeric(30, 12),
    PRIMARY KEY (org_id, date, user_id, project, provider, model, region, factor_set)
) ${partition_by_date};
COMMENT ON TABLE daily_usage IS
    'The cube that every question about days can be answered from. Amounts are NULL while no call is covered.';
SELECT declare_time_partitioned('daily_usage', 'date');

CREATE TABLE daily_org_agg (
    date date NOT NULL,
    org_id text NOT NULL,
    call_count bigint NOT NULL,
    uncovered_count bigint NOT NULL,
    tokens_in bigint NOT NULL,
    tokens_out bigint NOT NULL,
    kwh numeric(30, 12),
    water_l numeric(30, 9),
    co2_kg numeric(30, 12),
    PRIMARY KEY (org_id, date)
) ${partition_by_date};
COMMENT ON TABLE daily_org_agg IS 'Totals by organisation and local day.';
SELECT declare_time_partitioned('daily_org_agg', 'date');

CREATE TABLE daily_user_agg (
    date date NOT NULL,
    org_id text NOT NULL,
    user_id text NOT NULL,
    call_count bigint NOT NULL,
    uncovered_count bigint NOT NULL,
    tokens_in bigint NOT NULL,
    tokens_out bigint NOT NULL,
    kwh numeric(30, 12),
    water_l numeric(30, 9),
    co2_kg numeric(30, 12),
    PRIMARY KEY (org_id, date, user_id)
) ${partition_by_date};
COMMENT ON TABLE daily_user_agg IS 'Totals by organisation, local day and sender''s name of the person.';
SELECT declare_time_partitioned('daily_user_agg', 'date');

CREATE TABLE daily_provider_agg (
    date date NOT NULL,
    org_id text NOT NULL,
    provider text NOT NULL,
    call_count bigint NOT NULL,
    uncovered_count bigint NOT NULL,
    tokens_in bigint NOT NULL,
    tokens_out bigint NOT NULL,
    kwh numeric(30, 12),
    water_l numeric(30, 9),
    co2_kg numeric(30, 12),
    PRIMARY KEY (org_id, date, provider)
) ${partition_by_date};
COMMENT ON TABLE daily_provider_agg IS 'Totals by organisation, local day and provider.';
SELECT declare_time_partitioned('daily_provider_agg', 'date');

CREATE TABLE daily_model_agg (
    date date NOT NULL,
    org_id text NOT NULL,
    provider text NOT NULL,
    model text NOT NULL,
    call_count bigint NOT NULL,
    uncovered_count bigint NOT NULL,
    tokens_in bigint NOT NULL,
    tokens_out bigint NOT NULL,
    kwh numeric(30, 12),
    water_l numeric(30, 9),
    co2_kg numeric(30, 12),
    PRIMARY KEY (org_id, date, provider, model)
) ${partition_by_date};
COMMENT ON TABLE daily_model_agg IS 'Totals by organisation, local day, provider and model.';
SELECT declare_time_partitioned('daily_model_agg', 'date');

-- The last fourteen months (retention is 400 days) and three ahead; the pipeline calls the function again as time
-- goes on, and for older months when an import brings them.
SELECT ensure_time_partitions((current_date - INTERVAL '14 months')::date, (current_date + INTERVAL '3 months')::date);

CREATE TABLE daily_control (
    date date NOT NULL,
    org_id text NOT NULL,
    user_id text NOT NULL,
    project text NOT NULL,
    provider text NOT NULL,
    model text NOT NULL,
    region text NOT NULL,
    factor_set text NOT NULL,
    call_count bigint NOT NULL,
    uncovered_count bigint NOT NULL,
    tokens_in bigint NOT NULL,
    tokens_out bigint NOT NULL,
    kwh numeric(30, 12),
    water_l numeric(30, 9),
    co2_kg numeric(30, 12),
    PRIMARY KEY (org_id, date, user_id, project, provider, model, region, factor_set)
);
COMMENT ON TABLE daily_control IS
    'The second entry: the same totals as daily_usage without late events, computed by tumbling windows from the '
    'stream and written when the horizon has passed.';

CREATE TABLE day_states (
    org_id text NOT NULL,
    date date NOT NULL,
    day_end timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'provisional', 'sealed', 'disputed')),
    rating_version integer NOT NULL DEFAULT 1,
    needs_restatement boolean NOT NULL DEFAULT false,
    changed_at timestamptz NOT NULL DEFAULT now(),
    detail text,
    PRIMARY KEY (org_id, date)
);
COMMENT ON TABLE day_states IS
    'open: events may come; provisional: an hour after the day''s end; sealed: the horizon has passed and both '
    'entries agree; disputed: they do not (detail names the keys). needs_restatement: a late event came after sealing.';
CREATE INDEX day_states_unsealed ON day_states (day_end) WHERE state <> 'sealed';

CREATE TABLE projection_offsets (
    partition integer PRIMARY KEY,
    next_offset bigint NOT NULL,
    received_through timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE projection_offsets IS
    'How far events.enriched is in the tables, written in the same transaction as the rows. Everything received '
    'before received_through is in.';

CREATE TABLE events_rejected (
    rejected_partition integer NOT NULL,
    rejected_offset bigint NOT NULL,
    org_id text NOT NULL,
    rejected_at timestamptz NOT NULL,
    origin text NOT NULL CHECK (origin IN ('gateway', 'job')),
    code text NOT NULL,
    field text NOT NULL,
    message text NOT NULL,
    source text NOT NULL,
    event_id text NOT NULL,
    user_id text NOT NULL,
    item_index integer,
    raw_partition integer,
    raw_offset bigint,
    payload bytea NOT NULL,
    payload_truncated boolean NOT NULL,
    PRIMARY KEY (rejected_partition, rejected_offset)
);
COMMENT ON TABLE events_rejected IS
    'What was not counted and why, by its place in the topic events.rejected. org_id is empty when it could not be read.';
CREATE INDEX events_rejected_org ON events_rejected (org_id, rejected_at DESC, rejected_partition, rejected_offset);

-- Everything received before this moment is in the tables; NULL before the first heartbeat of every partition.
CREATE FUNCTION complete_through() RETURNS timestamptz
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT CASE WHEN count(received_through) = count(*) THEN min(received_through) END FROM public.projection_offsets
$$;
GRANT EXECUTE ON FUNCTION complete_through() TO ecomind_api, ecomind_worker, ecomind_pipeline;

-- Moves days on: provisional an hour after their end, sealed when the horizon has passed for all partitions and
-- both entries agree with the event rows, disputed when they still differ ten minutes later. Comparing takes three
-- independent figures: event rows, the cube, the windows. Returns the number of days whose state changed.
CREATE FUNCTION close_days(p_horizon interval, p_patience interval DEFAULT INTERVAL '10 minutes') RETURNS integer
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
        WITH rows AS (
            SELECT user_id, project, provider, model, region, factor_set, late,
                   count(*) AS calls, count(*) FILTER (WHERE kwh IS NULL) AS uncovered,
                   sum(tokens_in) AS tokens_in, sum(tokens_out) AS tokens_out,
                   sum(kwh) AS kwh, sum(water_l) AS water_l, sum(co2_kg) AS co2_kg
            FROM public.events_enriched
            WHERE org_id = day.org_id AND local_date = day.date AND rating_version > 0
              AND ts >= day.day_end - INTERVAL '3 days' AND ts < day.day_end
            GROUP BY 1, 2, 3, 4, 5, 6, 7
        ), entries AS (
            SELECT 'cube' AS side, 1 AS sign, user_id, project, provider, model, region, factor_set,
                   calls, uncovered, tokens_in, tokens_out, kwh, water_l, co2_kg FROM rows
            UNION ALL
            SELECT 'cube', -1, user_id, project, provider, model, region, factor_set,
                   call_count, uncovered_count, tokens_in, tokens_out, kwh, water_l, co2_kg
            FROM public.daily_usage WHERE org_id = day.org_id AND date = day.date
            UNION ALL
            SELECT 'window', 1, user_id, project, provider, model, region, factor_set,
                   calls, uncovered, tokens_in, tokens_out, kwh, water_l, co2_kg FROM rows WHERE NOT late
            UNION ALL
            SELECT 'window', -1, user_id, project, provider, model, region, factor_set,
                   call_count, uncovered_count, tokens_in, tokens_out, kwh, water_l, co2_kg
            FROM public.daily_control WHERE org_id = day.org_id AND date = day.date
        ), differing AS (
            SELECT side, user_id, project, provider, model, region, factor_set, sum(sign * calls) AS calls
            FROM entries
            GROUP BY side, user_id, project, provider, model, region, factor_set
            HAVING sum(sign * calls) <> 0 OR sum(sign * uncovered) <> 0
                OR sum(sign * tokens_in) <> 0 OR sum(sign * tokens_out) <> 0
                OR coalesce(sum(sign * kwh), 0) <> 0 OR coalesce(sum(sign * water_l), 0) <> 0
                OR coalesce(sum(sign * co2_kg), 0) <> 0
        )
        SELECT count(*), string_agg(
            format('%s: rows - entry = %s calls for user=%s project=%s provider=%s model=%s region=%s set=%s',
                side, calls, user_id, project, provider, model, region, factor_set), E'\n' ORDER BY side, user_id)
        INTO n, differences
        FROM (SELECT * FROM differing ORDER BY side, user_id LIMIT 20) AS first_few;
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
GRANT EXECUTE ON FUNCTION close_days(interval, interval) TO ecomind_pipeline;

GRANT SELECT, INSERT ON events_enriched TO ecomind_pipeline;
GRANT SELECT, INSERT, UPDATE ON daily_usage, daily_org_agg, daily_user_agg, daily_provider_agg, daily_model_agg,
    daily_control, day_states, projection_offsets, events_rejected TO ecomind_pipeline;
GRANT SELECT ON daily_usage, daily_org_agg, daily_user_agg, daily_provider_agg, daily_model_agg, day_states,
    events_rejected, events_raw TO ecomind_api, ecomind_worker;
