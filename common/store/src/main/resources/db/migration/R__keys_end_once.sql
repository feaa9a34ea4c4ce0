-- Trigger before every change of when a key ends: one that was revoked stays so, and one that expires may end sooner and
-- never later, whoever changes it.
CREATE OR REPLACE FUNCTION keys_end_once() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at THEN
        RAISE EXCEPTION 'key % was revoked at % and stays revoked', OLD.id, OLD.revoked_at
            USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.expires_at IS NOT NULL AND (NEW.expires_at IS NULL OR NEW.expires_at > OLD.expires_at) THEN
        RAISE EXCEPTION 'key % expires at % and may only expire sooner', OLD.id, OLD.expires_at
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

REVOKE ALL ON FUNCTION keys_end_once() FROM PUBLIC;

CREATE OR REPLACE TRIGGER keys_end_once BEFORE UPDATE OF revoked_at, expires_at ON api_keys
    FOR EACH ROW EXECUTE FUNCTION keys_end_once();
