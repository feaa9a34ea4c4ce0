-- Moves days to their next state and returns how many changed. A day becomes provisional one hour after its end; sealed
-- when the horizon and 15 minutes more have passed in all partitions and event rows, cube, hours and windows agree
-- in every figure; disputed when they still differ p_patience later. A disputed day is compared again in later calls, its detail
-- says what the last comparison found, and it is sealed as soon as all agree.
--
-- One call compares at most 50 days, so that its transaction stays short. The days that were compared longest ago come
-- first (checked_at), so that days in dispute cannot keep others from being compared.
--
-- Locks:
-- * The advisory lock seal_days, held until the transaction ends, lets one call work at a time. A rebuild holds it
--   while it writes rows, so that no day is sealed with half of its rows. A call that does not get the lock returns 0
--   without waiting.
-- * FOR UPDATE on the days conflicts with the FOR SHARE lock that the projection holds on the days of a batch until it
--   commits. A batch that is being written commits before its days are compared; a batch that comes later waits, finds
--   the day sealed and stores its rows as late (rating_version 0).
CREATE OR REPLACE FUNCTION seal_days(p_horizon interval, p_patience interval DEFAULT INTERVAL '10 minutes')
    RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    through timestamptz := public.complete_through();
    day record;
    differences text;
    changed integer := 0;
    n integer;
BEGIN
    IF through IS NULL OR NOT pg_try_advisory_xact_lock(hashtext('seal_days')) THEN
        RETURN 0;
    END IF;
    UPDATE public.day_states SET state = 'provisional', changed_at = now()
    WHERE state = 'open' AND day_end + INTERVAL '1 hour' < through;
    GET DIAGNOSTICS changed = ROW_COUNT;
    FOR day IN
        SELECT org_id, date, day_end, state FROM public.day_states
        WHERE state IN ('provisional', 'disputed') AND day_end + p_horizon + INTERVAL '15 minutes' < through
        ORDER BY checked_at NULLS FIRST, org_id, date
        LIMIT 50
        FOR UPDATE
    LOOP
        SELECT count(*), string_agg(
            format('%s: rows - entry = %s calls for %s (%s)', side, calls, key, differing), E'\n' ORDER BY side, key)
        INTO n, differences
        FROM (
            SELECT * FROM public.day_differences(day.org_id, day.date, day.day_end) ORDER BY side, key LIMIT 20
        ) AS first_few;
        IF n = 0 THEN
            UPDATE public.day_states SET state = 'sealed', changed_at = now(), detail = NULL
            WHERE org_id = day.org_id AND date = day.date;
            changed := changed + 1;
        ELSIF day.state <> 'disputed' AND day.day_end + p_horizon + INTERVAL '15 minutes' + p_patience < through THEN
            UPDATE public.day_states
            SET state = 'disputed', changed_at = now(), checked_at = now(), detail = differences
            WHERE org_id = day.org_id AND date = day.date;
            changed := changed + 1;
        ELSE
            UPDATE public.day_states
            SET checked_at = now(), detail = CASE WHEN day.state = 'disputed' THEN differences ELSE detail END
            WHERE org_id = day.org_id AND date = day.date;
        END IF;
    END LOOP;
    RETURN changed;
END $$;

REVOKE ALL ON FUNCTION seal_days(interval, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION seal_days(interval, interval) TO ecomind_pipeline;
