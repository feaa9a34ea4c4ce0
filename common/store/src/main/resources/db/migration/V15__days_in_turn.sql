-- Days that differ are compared again and again, some of them for ever. They take turns, so that however many there are,
-- a day that is due is looked at. What a day in dispute says of itself is what was seen last.
ALTER TABLE day_states ADD COLUMN looked_at timestamptz;

COMMENT ON COLUMN day_states.looked_at IS 'when the day was compared last and not sealed';

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
        ORDER BY looked_at NULLS FIRST, org_id, date
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
            UPDATE public.day_states SET state = 'disputed', changed_at = now(), looked_at = now(), detail = differences
            WHERE org_id = day.org_id AND date = day.date;
            changed := changed + 1;
        ELSE
            UPDATE public.day_states
            SET looked_at = now(), detail = CASE WHEN day.state = 'disputed' THEN differences ELSE detail END
            WHERE org_id = day.org_id AND date = day.date;
        END IF;
    END LOOP;
    RETURN changed;
END $$;

-- For the alarm, over all organisations: its readers may see no tenant row.
CREATE FUNCTION count_disputed() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT count(*) FROM public.day_states WHERE state = 'disputed'
$$;
GRANT EXECUTE ON FUNCTION count_disputed() TO ecomind_worker, ecomind_pipeline;
