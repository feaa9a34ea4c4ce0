-- Trigger before INSERT on factor_sets: every set but the first must become active at least 60 s after it is stored.
-- The tasks of the enrichment job learn of a set at different moments; with a minute's notice all of them know it
-- before the first event that it rates.
CREATE OR REPLACE FUNCTION factor_sets_need_notice() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM public.factor_sets) AND NEW.active_from < now() + INTERVAL '60 seconds' THEN
        RAISE EXCEPTION 'factor_sets.active_from must be at least 60 s ahead, was %', NEW.active_from
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

REVOKE ALL ON FUNCTION factor_sets_need_notice() FROM PUBLIC;
