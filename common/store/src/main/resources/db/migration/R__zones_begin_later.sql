-- Trigger before a zone of an organisation is added: it begins at a midnight that is still to come, by itself and by the zone
-- before it, so that no day is moved that has begun. The owner of the schema adds the first zone of an organisation, and
-- whatever a restored or moved installation needs.
CREATE OR REPLACE FUNCTION zones_begin_later() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    zone_before text;
BEGIN
    IF pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RETURN NEW;
    END IF;
    SELECT zone INTO zone_before FROM org_time_zones
    WHERE org_id = NEW.org_id AND valid_from < NEW.valid_from
    ORDER BY valid_from DESC LIMIT 1;
    -- A name that is no zone is refused by the table, whose check comes after this.
    IF EXISTS (SELECT FROM time_zones z
               WHERE z.zone IN (NEW.zone, zone_before) AND NEW.valid_from::timestamp AT TIME ZONE z.zone <= now()) THEN
        RAISE EXCEPTION 'a zone of organisation % must begin at a midnight that is still to come, was %', NEW.org_id,
            NEW.valid_from USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

REVOKE ALL ON FUNCTION zones_begin_later() FROM PUBLIC;

CREATE OR REPLACE TRIGGER zones_begin_later BEFORE INSERT ON org_time_zones
    FOR EACH ROW EXECUTE FUNCTION zones_begin_later();
