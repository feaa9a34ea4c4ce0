-- Trigger before INSERT and UPDATE on factors_overrides and power_contracts. A row is immutable by its id, so that an
-- event is rated the same whenever it is read: only retired_at may be set or moved to a later moment, and active_from
-- moved to a later one (stamp_unpublished does that). Both moments must be at least 60 s ahead when they are written:
-- the tasks of the enrichment job learn of a change at different moments, and with a minute's notice they agree on the
-- first event that it concerns.
CREATE OR REPLACE FUNCTION check_organisation_factors() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.active_from < now() + INTERVAL '60 seconds' THEN
        RAISE EXCEPTION '%.active_from must be at least 60 s ahead, was %', TG_TABLE_NAME, NEW.active_from
            USING ERRCODE = 'check_violation';
    ELSIF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - 'retired_at' - 'active_from' <> to_jsonb(OLD) - 'retired_at' - 'active_from'
           OR NEW.active_from < OLD.active_from THEN
            RAISE EXCEPTION '% % is immutable: retire it and add another', TG_TABLE_NAME, OLD.id
                USING ERRCODE = 'check_violation';
        ELSIF OLD.retired_at IS NOT NULL AND NEW.retired_at IS NULL
              OR NEW.retired_at < OLD.retired_at
              OR NEW.retired_at IS DISTINCT FROM OLD.retired_at AND NEW.retired_at < now() + INTERVAL '60 seconds' THEN
            RAISE EXCEPTION '%.retired_at must be at least 60 s ahead and can only be moved on, was %',
                TG_TABLE_NAME, NEW.retired_at USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;

REVOKE ALL ON FUNCTION check_organisation_factors() FROM PUBLIC;
